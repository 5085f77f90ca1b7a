"""What a block says of itself: who acts, what the event holds and how much of it, inside and from the outside."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress
from functools import partial, wraps
from typing import Any
from uuid import UUID

import pytest
from typing_extensions import assert_type

from tests.fixtures.trail import OPERATOR, REQUEST, Trail
from trust_models import (
    Actor,
    Entity,
    FeatureFlagRepository,
    OnAuditFailure,
    acting_as,
    audited,
    current_operation,
    transaction,
)
from trust_models.audit import current_actor
from trust_models.db.database import current_client
from trust_models.enums import Outcome
from trust_models.errors import ActorRequired, ConfigurationError, TransactionClosed
from trust_models.models import FeatureFlag

pytestmark = pytest.mark.usefixtures("db")

THING = Entity("thing", "7")
ADA = Actor.user("ada")

trail = Trail()


# Who acts


async def test_the_one_who_acts_around_the_block_acts() -> None:
    with acting_as(ADA, REQUEST):
        async with audited("thing.make", THING):
            assert current_actor() == ADA
    event = await trail.event()
    assert (event.actor_id, event.context["request_id"]) == ("ada", "req-1")


async def test_without_somebody_who_acts_nothing_is_done() -> None:
    ran = False
    with pytest.raises(ActorRequired):
        async with audited("thing.make", THING):
            ran = True
    assert not ran
    assert await trail.events() == []


async def test_an_actor_of_an_inner_block_stays_inside() -> None:
    with acting_as(ADA):
        async with audited("outer.do", THING):
            async with audited("inner.do", THING, actor=Actor.system()):
                assert current_actor() == Actor.system()
            assert current_actor() == ADA
            (row,) = await current_client().fetch("SELECT current_setting('trust.actor_id') AS actor")
            assert row["actor"] == "ada", "the database has to learn of it as well"
            await FeatureFlagRepository().enable("one")
    assert [event.actor_id for event in await trail.events()] == [None, "ada", "ada"]


async def test_a_task_that_is_started_inside_acts_as_the_block_does() -> None:
    async def work() -> str:
        await FeatureFlag.create(key="one")
        current_operation().add(key="one")
        return current_operation().id

    with acting_as(ADA):
        async with audited("thing.make", THING) as operation:
            assert await asyncio.create_task(work()) == operation.id
    assert (await trail.event()).metadata == {"key": "one"}


# The current operation


async def test_the_innermost_operation_is_the_current_one() -> None:
    with acting_as(ADA):
        async with audited("outer.do", THING) as outer:
            assert current_operation() is outer
            async with transaction(), audited("inner.do", THING) as inner:
                with acting_as(Actor.system()):
                    assert current_operation() is inner
            assert current_operation() is outer
    with pytest.raises(RuntimeError, match="No audited operation is under way"):
        current_operation()


@pytest.mark.parametrize("outcome", [Outcome.SUCCESS, Outcome.FAILURE])
async def test_what_comes_after_the_end_is_told(outcome: Outcome) -> None:
    """It would be lost without a word: the event is written."""
    ended = asyncio.Event()

    async def late() -> None:
        operation = current_operation()
        await ended.wait()
        with pytest.raises(TransactionClosed, match="must audit its own"):
            operation.add(late=True)
        with pytest.raises(TransactionClosed):
            operation.on(FeatureFlag(id=UUID(int=1)))

    with acting_as(ADA), suppress(KeyError):
        async with audited("thing.make", THING):
            task = asyncio.create_task(late())
            await asyncio.sleep(0)
            if outcome is Outcome.FAILURE:
                raise KeyError
    ended.set()
    await task
    event = await trail.event()
    assert (event.outcome, event.metadata) == (outcome, {})


# Limits


def nested(levels: int) -> dict[str, Any]:
    """Return an object of so many levels, every second one a list."""
    value: Any = {}
    for level in range(levels - 1):
        value = {"a": value} if level % 2 or level == levels - 2 else [value]
    assert isinstance(value, dict)
    return value


LARGEST = {"text": "ü" * (32 * 1024 - 6) + "a"}
"""64 KiB of JSON to the last byte, of half as many characters."""


@pytest.mark.parametrize(
    ("fits", "does_not"),
    [(LARGEST, {"text": LARGEST["text"] + "a"}), (nested(16), nested(17)), (nested(16), nested(3000))],
    ids=["size", "levels", "far too many levels"],
)
async def test_metadata_has_limits(fits: dict[str, Any], does_not: dict[str, Any]) -> None:
    with acting_as(ADA):
        async with audited("thing.make", THING) as operation:
            with pytest.raises(ValueError, match=r"metadata (takes at most 65536 bytes|has at most 16 levels)"):
                operation.add(**does_not)
            assert operation.metadata == {}
            operation.add(**fits)
    assert (await trail.event()).metadata == fits


async def test_what_is_added_bit_by_bit_has_the_same_limit() -> None:
    with acting_as(ADA):
        async with audited("thing.make", THING) as operation:
            operation.add(**LARGEST)
            with pytest.raises(ValueError, match="takes at most 65536 bytes as JSON, and this takes 65544"):
                operation.add(one=1)
    assert (await trail.event()).metadata == LARGEST


async def test_a_failure_is_recorded_also_where_its_reason_passes_the_limit() -> None:
    with acting_as(ADA), pytest.raises(ActorRequired):
        async with audited("thing.make", THING) as operation:
            operation.add(**LARGEST)
            raise ActorRequired
    assert (await trail.event()).metadata == LARGEST | {"sqlstate": "23T05"}


async def test_what_was_added_does_not_change_any_more() -> None:
    with acting_as(ADA):
        async with audited("thing.make", THING) as operation:
            steps = ["one"]
            operation.add(steps=steps)
            steps.append("two")
            operation.metadata["three"] = object()
    assert (await trail.event()).metadata == {"steps": ["one"]}


# Decorators


@audited("report.publish", lambda report_id, **_: Entity.named("report", report_id), actor=OPERATOR)
async def publish(report_id: int, *, copies: int = 1) -> list[int]:
    """Publish a report."""
    current_operation().add(copies=copies)
    return [report_id] * copies


async def test_a_decorated_function_takes_the_entity_from_its_arguments() -> None:
    assert await publish(3) == [3]
    assert await publish(report_id=4, copies=2) == [4, 4]
    assert [(event.entity_id, event.metadata) for event in await trail.events()] == [
        ("3", {"copies": 1}),
        ("4", {"copies": 2}),
    ]


async def test_a_decorated_function_stays_what_it_was() -> None:
    assert (publish.__name__, publish.__doc__) == ("publish", "Publish a report.")
    result = await publish(1)
    assert_type(result, list[int])
    with pytest.raises(TypeError):
        await publish("1", 2)  # type: ignore[arg-type, call-arg]
    with pytest.raises(TypeError):
        await publish(1, number=2)  # type: ignore[call-arg]
    assert len(await trail.events(outcome=Outcome.SUCCESS)) == 1


async def test_calls_at_the_same_time_are_operations_of_their_own() -> None:
    @audited("thing.count", lambda number: Entity.named("thing", number))
    async def count(number: int) -> str:
        await asyncio.sleep(0)
        if number % 2:
            raise KeyError
        return current_operation().id

    with acting_as(ADA):
        ids = await asyncio.gather(*(count(number) for number in range(10)), return_exceptions=True)
    assert [type(one) for one in ids] == [str, KeyError] * 5
    events = await trail.events(outcome=Outcome.SUCCESS)
    assert {event.context["operation_id"] for event in events} == {one for one in ids if isinstance(one, str)}
    assert {event.entity_id for event in events} == {"0", "2", "4", "6", "8"}


async def test_the_actor_of_a_decorated_function_is_the_one_of_the_call() -> None:
    @audited("thing.count", THING)
    async def count() -> None:
        """Count."""

    for actor in (ADA, OPERATOR):
        with acting_as(actor):
            await count()
    assert [event.actor_id for event in await trail.events()] == ["ada", "operator"]


async def test_only_a_coroutine_function_is_decorated() -> None:
    ran = False

    def plain() -> None:
        nonlocal ran
        ran = True

    async def generator() -> AsyncIterator[int]:
        yield 1

    class Service:
        @classmethod
        async def method(cls) -> None:
            """Do nothing."""

    for wrong in (plain, generator, vars(Service)["method"], None):
        with pytest.raises(TypeError, match="decorates coroutine functions"):
            audited("thing.make", THING)(wrong)  # type: ignore[arg-type, unused-ignore]
    assert not ran


async def test_what_hands_on_a_coroutine_function_is_decorated_too() -> None:
    @wraps(publish)
    def handed_on(report_id: int) -> Coroutine[Any, Any, list[int]]:
        return publish(report_id)

    class Service:
        @classmethod
        @audited("thing.make", THING, actor=ADA)
        async def method(cls, number: int) -> int:
            return number

    with acting_as(ADA):
        assert await audited("thing.make", THING)(handed_on)(3) == [3]
        assert await audited("thing.make", THING)(partial(publish, 3))(copies=2) == [3, 3]
    assert await Service.method(7) == 7


async def test_an_action_that_no_event_can_have_is_told_where_a_function_is_decorated() -> None:
    with pytest.raises(ValueError, match="an action is dotted"):
        audited("publish", THING)(publish)


async def test_an_operation_is_about_something_that_the_log_can_name() -> None:
    for wrong in ("report", FeatureFlag, None):
        with acting_as(ADA), pytest.raises(TypeError, match="is about an Entity or a record"):
            async with audited("thing.make", wrong):  # type: ignore[arg-type]
                pass


async def test_what_is_no_declaration_fails_closed() -> None:
    async with audited("thing.make", THING, actor=ADA, on_audit_failure="spool"):  # type: ignore[arg-type]
        pass


async def test_a_block_has_no_arguments_to_take_the_entity_from() -> None:
    with acting_as(ADA), pytest.raises(TypeError, match="decorated function"):
        async with audited("thing.make", lambda: THING):
            pass


async def test_a_spool_has_to_be_set_before_it_can_be_asked_for() -> None:
    ran = False
    with acting_as(ADA), pytest.raises(ConfigurationError, match="TRUST_AUDIT_SPOOL"):
        async with audited("thing.make", THING, on_audit_failure=OnAuditFailure.SPOOL):
            ran = True
    assert not ran
