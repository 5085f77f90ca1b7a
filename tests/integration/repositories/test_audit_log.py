"""AuditLogRepository: recording events that were collected elsewhere, and reading."""

import asyncio

import asyncpg
import pytest

from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR, Trail
from trust_models import (
    Actor,
    AuditEvent,
    AuditLogRepository,
    Entity,
    EventFilter,
    FeatureFlagRepository,
    acting_as,
    transaction,
)
from trust_models.db.database import current_client
from trust_models.enums import ActorType, Outcome
from trust_models.errors import InvalidValue, NotFound

pytestmark = pytest.mark.usefixtures("shared_db")

log = AuditLogRepository()
flags = FeatureFlagRepository()


def event(action: str = "lab.open", entity_id: str | None = None, **values: object) -> AuditEvent:
    """Return an event that a test can record."""
    defaults = {"actor": OPERATOR, "outcome": Outcome.SUCCESS, "entity": Entity("lab", entity_id)}
    return AuditEvent.model_validate({"action": action, **defaults, **values})


async def test_record_many_keeps_the_order_and_every_field(trail: Trail) -> None:
    events = [
        event(entity_id="1", metadata={"text": "ü \\ ' \"", "list": [1, None]}, context={"request_id": "r"}),
        event("lab.close", actor=Actor.user("u1", on_behalf_of="u2"), outcome=Outcome.DENIED, reason_code="no"),
        event(actor=Actor.system(), outcome=Outcome.FAILURE, reason_code="broken", schema_version=2),
        event(actor=Actor.anonymous(), entity=Entity("lesson")),
    ]
    numbers = await log.record_many(events)
    stored = await trail.events()
    assert [one.id for one in stored] == numbers == sorted(numbers)
    for given, found in zip(events, stored, strict=True):
        assert (found.action, found.outcome, found.reason_code) == (given.action, given.outcome, given.reason_code)
        assert Actor(found.actor_type, found.actor_id, found.on_behalf_of) == given.actor
        assert Entity(found.entity_type, found.entity_id) == given.entity
        assert found.metadata == given.metadata
        assert found.context.items() >= given.context.items()
        assert found.schema_version == given.schema_version
    assert len({one.tx_id for one in stored}) == 1


async def test_a_large_batch_keeps_its_order(trail: Trail) -> None:
    numbers = await log.record_many([event(entity_id=str(number)) for number in range(1000)])
    assert [one.entity_id for one in await trail.events()] == [str(number) for number in range(1000)]
    assert [one.id for one in await trail.events()] == numbers


async def test_no_events_are_none(trail: Trail) -> None:
    assert await log.record_many([]) == []
    assert await trail.events() == []


async def test_one_event_that_does_not_fit_refuses_the_whole_batch(trail: Trail) -> None:
    with pytest.raises(InvalidValue) as caught:
        await log.record_many([event(), event().model_copy(update={"entity": Entity("Not Snake")})])
    assert caught.value.constraint == "audit_logs_entity_type_ck"
    assert "Not Snake" not in str(caught.value)
    assert await trail.events() == []


async def test_batches_that_come_at_once_are_all_recorded(trail: Trail) -> None:
    batches = await asyncio.gather(*(log.record_many([event(), event()]) for _ in range(20)))
    numbers = sorted(number for batch in batches for number in batch)
    assert [one.id for one in await trail.events()] == numbers
    assert len(set(numbers)) == 40


async def test_get_returns_one_event() -> None:
    (number,) = await log.record_many([event("lab.get", "42")])
    found = await log.get(number)
    assert (found.id, found.action, found.entity_id) == (number, "lab.get", "42")
    assert found.actor_type is ActorType.SERVICE


@pytest.mark.parametrize("number", [0, -1, 2**62])
async def test_get_does_not_find_another(number: int) -> None:
    with pytest.raises(NotFound, match=f"audit log with the id {number}") as caught:
        await log.get(number)
    assert caught.value.table == "audit_logs"


async def test_what_one_actor_did(scene: Scene) -> None:
    actor = Actor.user(scene.user_id)
    with acting_as(actor):
        await flags.enable(f"one.f{scene.new}")
        await flags.disable(f"one.f{scene.new}")
    with acting_as(OPERATOR):
        await flags.enable(f"one.f{scene.new}")
    page = await log.page(EventFilter(actor_id=str(scene.user_id)), limit=1)
    rest = await log.page(EventFilter(actor_id=str(scene.user_id)), after=page.after)
    assert [one.action for one in page.items + rest.items] == [
        "feature_flag.inserted",
        "feature_flag.enable",
        "feature_flag.updated",
        "feature_flag.disable",
    ]
    assert rest.after is None


async def test_what_was_done_to_one_entity(scene: Scene) -> None:
    with acting_as(OPERATOR):
        flag = await flags.enable(f"one.f{scene.new}")
        await flags.enable(f"two.f{scene.new}")
        await flags.disable(f"one.f{scene.new}")
    page = await log.timeline(Entity.of(flag), limit=1)
    rest = await log.timeline(Entity.of(flag), after=page.after)
    assert [one.action for one in page.items + rest.items] == [
        "feature_flag.inserted",
        "feature_flag.enable",
        "feature_flag.updated",
        "feature_flag.disable",
    ]
    assert (await log.timeline(Entity("feature_flag", "no such"))).items == []


async def test_what_was_done_to_entities_without_an_id(trail: Trail, scene: Scene) -> None:
    kind = f"kind_{scene.new}"
    (number,) = await log.record_many([event(entity=Entity(kind))])
    assert [one.id for one in (await log.timeline(Entity(kind))).items] == [number]
    assert len(await trail.events()) == 1


async def test_what_one_transaction_recorded(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await flags.enable(f"before.f{scene.new}")
        async with transaction():
            (row,) = await current_client().fetch("SELECT pg_current_xact_id()::text::bigint AS number")
            await flags.enable(f"one.f{scene.new}")
            await flags.enable(f"two.f{scene.new}")
    page = await log.page(EventFilter(transaction_id=row["number"]), limit=1)
    rest = await log.page(EventFilter(transaction_id=row["number"]), after=page.after)
    events = page.items + rest.items
    assert [one.metadata["key"] for one in events if "key" in one.metadata] == [
        f"one.f{scene.new}",
        f"two.f{scene.new}",
    ]
    assert [one.action for one in events] == ["feature_flag.inserted", "feature_flag.enable"] * 2
    assert {one.tx_id for one in events} == {row["number"]}


async def test_page_walks_through_everything(scene: Scene, standing_admin: asyncpg.Connection) -> None:
    await log.record_many([event(entity_id=scene.new) for _ in range(7)])
    seen, after = [], None
    while True:
        page = await log.page(after=after, limit=3)
        seen += [one.id for one in page.items]
        if (after := page.after) is None:
            break
    stored = await standing_admin.fetch("SELECT id FROM audit_logs ORDER BY id")
    assert seen == [row["id"] for row in stored]
