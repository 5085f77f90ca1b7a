"""AuditLogRepository: looking for events, following them, and what hangs together."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR, REQUEST
from trust_models import (
    Actor,
    AuditEvent,
    AuditLogRepository,
    Entity,
    EventFilter,
    FeatureFlagRepository,
    acting_as,
    audited,
    transaction,
)
from trust_models.enums import ActorType, Outcome
from trust_models.errors import InvalidValue
from trust_models.models import AuditLog
from trust_models.repositories.audit_log import Place

pytestmark = pytest.mark.usefixtures("shared_db")

log = AuditLogRepository()
flags = FeatureFlagRepository()

LIKE = AuditEvent(
    actor=Actor.user("u1", on_behalf_of="u2"),
    action="lab.find",
    outcome=Outcome.DENIED,
    reason_code="no",
    entity=Entity("lab", "1"),
    context={"request_id": "r1", "operation_id": "o1"},
)
"""The event that every filter finds; each other one differs from it in one thing."""

OTHERS: Mapping[str, AuditEvent] = {
    "actor_type": LIKE.model_copy(update={"actor": Actor.service("u1", on_behalf_of="u2")}),
    "actor_id": LIKE.model_copy(update={"actor": Actor.user("u3", on_behalf_of="u2")}),
    "on_behalf_of": LIKE.model_copy(update={"actor": Actor.user("u1")}),
    "action": LIKE.model_copy(update={"action": "lab.lose"}),
    "outcomes": LIKE.model_copy(update={"outcome": Outcome.FAILURE}),
    "entity": LIKE.model_copy(update={"entity": Entity("lab", "2")}),
    "entity_type": LIKE.model_copy(update={"entity": Entity("lesson", "1")}),
    "request_id": LIKE.model_copy(update={"context": LIKE.context | {"request_id": "r2"}}),
    "operation_id": LIKE.model_copy(update={"context": LIKE.context | {"operation_id": "o2"}}),
}


def wanted() -> EventFilter:
    return EventFilter(
        actor_type=ActorType.USER,
        actor_id="u1",
        on_behalf_of="u2",
        action="lab.find",
        outcomes=(Outcome.DENIED,),
        entity=Entity("lab", "1"),
        entity_type="lab",
        request_id="r1",
        operation_id="o1",
    )


@pytest.fixture(scope="module")
async def recorded(shared_db: object) -> dict[str, int]:  # noqa: ARG001 - it comes first
    """The numbers of LIKE and of each other event."""
    numbers = await log.record_many([LIKE, *OTHERS.values()])
    return dict(zip(["like", *OTHERS], numbers, strict=True))


@pytest.fixture
async def like(recorded: dict[str, int]) -> AuditLog:
    return await log.get(recorded["like"])


async def numbers(where: EventFilter) -> set[int]:
    up, down = (await log.page(where)).items, (await log.newest(where)).items
    assert [one.id for one in up] == [one.id for one in down][::-1]
    return {one.id for one in up}


@pytest.mark.parametrize("name", OTHERS)
async def test_each_condition_leaves_out_what_differs_in_it_alone(recorded: dict[str, int], name: str) -> None:
    whole: Any = wanted()
    assert await numbers(whole) == {recorded["like"]}
    alone: Any = {name: getattr(whole, name)}
    assert recorded["like"] in (found := await numbers(EventFilter(**alone)))
    assert recorded[name] not in found


async def test_any_of_several_outcomes_will_do(recorded: dict[str, int]) -> None:
    both = replace(wanted(), outcomes=(Outcome.DENIED, Outcome.FAILURE))
    assert await numbers(both) == {recorded["like"], recorded["outcomes"]}
    assert await numbers(replace(wanted(), outcomes=(Outcome.SUCCESS, Outcome.DENIED))) == {recorded["like"]}


async def test_a_range_holds_its_start_and_not_its_end(like: AuditLog) -> None:
    one = timedelta(microseconds=1)
    of = replace(wanted(), transaction_id=like.tx_id)
    assert await numbers(replace(of, since=like.created_at, until=like.created_at + one)) == {like.id}
    assert await numbers(replace(of, since=like.created_at + one)) == set()
    assert await numbers(replace(of, until=like.created_at)) == set()


def test_a_time_needs_its_zone() -> None:
    with pytest.raises(ValueError, match="since needs a time zone"):
        EventFilter(since=datetime(2026, 1, 1))  # noqa: DTZ001 - the point


@pytest.mark.parametrize("alone", [Outcome.DENIED, ("denied",)])
def test_what_is_no_outcome_is_not_looked_for_in_vain(alone: Any) -> None:
    with pytest.raises(ValueError, match="is not a valid Outcome"):
        EventFilter(outcomes=alone)


async def test_pages_go_up_and_down(recorded: dict[str, int]) -> None:
    where = EventFilter(request_id="r1")
    whole = [one.id for one in (await log.page(where)).items]
    assert len(whole) == len(recorded) - 1
    first = await log.newest(where, limit=3)
    second = await log.newest(where, after=first.after, limit=1000)
    assert [one.id for one in first.items + second.items] == whole[::-1]
    assert second.after is None


class TestARange:
    """Times by hand, some of them out of order, in a log with gaps, across segments."""

    @pytest.fixture
    def shared_db(self, db: object) -> object:
        return db

    @pytest.fixture
    async def start(self, owner: asyncpg.Connection) -> Any:
        """Every minute an event, but each third number is not there, and each fifth event is four minutes early."""
        for segment in ("audit_segment_000000", "audit_segment_000001"):
            await owner.execute(f"ALTER TABLE trust.{segment} DISABLE TRIGGER t20_assign")
        await owner.execute(
            "INSERT INTO audit_logs (id, created_at, actor_type, action, outcome, entity_type, context)"
            " SELECT 999800 + n, '2026-01-01Z'::timestamptz + n * interval '1 min'"
            "   - CASE WHEN n % 5 = 0 THEN interval '4 min' ELSE '0' END,"
            " 'SYSTEM', 'lab.tick', 'SUCCESS', 'lab', '{\"database_role\": \"x\", \"database_login\": \"x\"}'"
            " FROM generate_series(1, 400) AS n WHERE n % 3 > 0"
        )
        return await owner.fetchval("SELECT min(created_at) FROM audit_logs")

    async def test_it_is_exact(self, start: datetime, owner: asyncpg.Connection) -> None:
        starts = range(150, 250)  # around the border of the segments, for the halving to meet events of every kind
        for since, until in [*((start, start + 3) for start in starts), (-9, 0), (395, 500), (500, 600), (-9, 999)]:
            where = EventFilter(since=start + timedelta(minutes=since), until=start + timedelta(minutes=until))
            expected = await owner.fetch(
                "SELECT id FROM audit_logs WHERE created_at >= $1 AND created_at < $2", where.since, where.until
            )
            found = await log.page(where, limit=1000)
            assert {one.id for one in found.items} == {row["id"] for row in expected}, (since, until)
            assert [one.id for one in found.items] == sorted(one.id for one in found.items)

    async def test_an_empty_log_has_nothing_in_it(self) -> None:
        now = datetime.now().astimezone()
        assert (await log.page(EventFilter(since=now, until=now))).items == []


class TestFollowing:
    """What is committed late, early, or not at all."""

    @pytest.fixture
    def shared_db(self, db: object) -> object:
        return db

    async def test_nothing_is_missed_or_told_twice(self, app: asyncpg.Connection) -> None:
        seen: list[str | None] = []
        place = await log.horizon()

        async def look(limit: int = 1000) -> None:
            nonlocal place
            news = await log.committed_since(place, limit=limit)
            seen.extend(one.entity_id for one in news.items)
            place = news.place

        late = app.transaction()
        await late.start()
        await app.execute(INSERT, "late")
        await record("early")
        await look()
        assert seen == []  # an older transaction is still writing
        await late.commit()
        undone = app.transaction()
        await undone.start()
        await app.execute(INSERT, "undone")
        await undone.rollback()
        await record("last")
        await look()
        assert seen == ["late", "early", "last"]
        await look()
        for number in range(5):
            await record(str(number))
        for _ in range(4):
            await look(limit=2)
        assert seen[3:] == ["0", "1", "2", "3", "4"]

    async def test_what_is_not_wanted_is_passed_over(self) -> None:
        place = await log.horizon()
        for name in ("a", "b", "b", "b", "a"):
            await record(name)
        where = EventFilter(entity=Entity("lab", "a"))
        found = []
        for _ in range(4):
            news = await log.committed_since(place, where, limit=2)
            found.append([one.entity_id for one in news.items])
            place = news.place
        assert found == [["a"], [], ["a"], []]

    async def test_many_writers_at_once(self) -> None:
        place = await log.horizon()
        seen: list[str | None] = []

        async def write(name: str) -> None:
            async with transaction():
                await record(name)
                await asyncio.sleep(0.01)

        async def look() -> Place:
            news = await log.committed_since(place)
            seen.extend(one.entity_id for one in news.items)
            return news.place

        writing = asyncio.gather(*(write(str(number)) for number in range(60)))
        while not writing.done():
            place = await look()
        await look()
        assert sorted(map(str, seen)) == sorted(map(str, range(60)))


INSERT = (
    "INSERT INTO audit_logs (actor_type, action, outcome, entity_type, entity_id)"
    " VALUES ('SYSTEM', 'lab.tick', 'SUCCESS', 'lab', $1)"
)


async def record(name: str) -> None:
    event = AuditEvent(actor=OPERATOR, action="lab.tick", outcome=Outcome.SUCCESS, entity=Entity("lab", name))
    await log.record_many([event])


async def test_an_operation_with_those_inside_of_it(scene: Scene) -> None:
    with acting_as(OPERATOR, replace(REQUEST, request_id=scene.new)):
        await flags.enable(f"aside.f{scene.new}")
        async with audited("launch.begin", Entity("launch"), actor=OPERATOR):
            await flags.enable(f"one.f{scene.new}")
            with pytest.raises(InvalidValue):
                await flags.enable("No Key")
    events = (await log.page(EventFilter(request_id=scene.new))).items
    operations = [one for one in events if "captured" not in one.context]
    aside, one, launch, failed = operations
    assert (failed.outcome, launch.action) == (Outcome.DENIED, "launch.begin")
    family = [launch.context["operation_id"], one.context["operation_id"], failed.context["operation_id"]]
    expected = [event.id for event in events if event.context["operation_id"] in family]
    for event in (one, launch, failed):
        assert [found.id for found in await log.operation_of(event)] == expected
    assert aside.id not in expected
