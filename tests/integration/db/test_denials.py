"""A refusal that comes through the package leaves exactly one DENIED event, whoever met it and however."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.cluster import Cluster
from tests.fixtures.denials import ACTION, ask_for_too_much, connections, refusals, settled
from tests.fixtures.refusal_log import count
from tests.fixtures.trail import OPERATOR, REQUEST, Trail
from tests.fixtures.undone import Undo
from trust_models import (
    Actor,
    Database,
    Entity,
    FeatureFlagRepository,
    LabRepository,
    LabSessionRepository,
    acting_as,
    audited,
    transaction,
)
from trust_models.db.database import current_client
from trust_models.enums import ActorType, Outcome
from trust_models.errors import (
    AlreadyExists,
    ImmutableRecord,
    InvalidValue,
    PermissionDenied,
    StateNotAllowed,
    TransactionAborted,
    VersionOutOfOrder,
)
from trust_models.models import AuditLog, FeatureFlag

THING = Entity("thing", "7")
ADA = Actor.user("ada", on_behalf_of="bob")

trail = Trail()


def summary(events: list[AuditLog]) -> list[tuple[str, str, str | None]]:
    """Return what happened, how it ended, and why."""
    return [(event.action, str(event.outcome), event.reason_code) for event in events]


# Outside of an audited operation


async def test_a_statement_without_the_right_leaves_an_event(db: Database, owner: asyncpg.Connection) -> None:
    with acting_as(ADA, REQUEST), pytest.raises(PermissionDenied):
        await ask_for_too_much()
    await settled(db, 1)
    event = await trail.event()
    assert (event.action, event.outcome, event.reason_code) == (ACTION, Outcome.DENIED, "permission_denied")
    assert (event.actor_type, event.actor_id, event.on_behalf_of) == (ActorType.USER, "ada", "bob")
    assert (event.entity_type, event.entity_id) == ("table", "feature_flags")
    assert event.metadata == {"sqlstate": "42501", "operation": "delete"}
    assert event.context.items() >= REQUEST.as_json().items()
    assert "unattributed" not in event.context
    assert await count(owner, "feature_flags", "delete") == 1


async def test_where_nobody_said_who_acts_the_event_says_so(db: Database) -> None:
    with pytest.raises(PermissionDenied):
        await ask_for_too_much()
    await settled(db, 1)
    event = await trail.event()
    assert (event.actor_type, event.actor_id) == (ActorType.ANONYMOUS, None)
    assert event.context["unattributed"] is True


async def test_a_verb_that_only_reads_leaves_one_too(db: Database, owner: asyncpg.Connection) -> None:
    await owner.execute("REVOKE SELECT ON labs FROM trust_app")
    with acting_as(OPERATOR), pytest.raises(PermissionDenied):
        await LabRepository().page()
    await settled(db, 1)
    event = await trail.event()
    assert (event.entity_id, event.metadata["operation"], event.actor_id) == ("labs", "select", "operator")


async def test_a_statement_of_many_rows_leaves_one(db: Database) -> None:
    statement = 'UPDATE "feature_flags" SET "key" = $1'
    with pytest.raises(PermissionDenied):
        await current_client().execute_many(statement, [["a"], ["b"]])
    async with transaction():
        with pytest.raises(PermissionDenied):
            async with transaction():
                await current_client().execute_many(statement, [["a"], ["b"]])
    await settled(db, 2)
    assert [event.metadata["operation"] for event in await refusals()] == ["update"] * 2


async def test_a_rule_that_refuses_leaves_one(db: Database, app: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    session = (await records.lab_session(app))["id"]
    with acting_as(OPERATOR):
        await LabSessionRepository().fail(session)
        with pytest.raises(StateNotAllowed):
            await current_client().fetch("UPDATE lab_sessions SET status = 'IN_PROGRESS' WHERE id = $1", session)
    await settled(db, 1)
    (event,) = await refusals()
    assert (event.reason_code, event.entity_id) == ("state_not_allowed", "lab_sessions")
    assert event.metadata == {
        "sqlstate": "23T03",
        "constraint": "lab_sessions_status_final",
        "operation": "update",
    }
    assert await count(owner, "lab_sessions", "update") == 1


async def test_a_number_out_of_order_leaves_one(db: Database, app: asyncpg.Connection) -> None:
    lesson = (await records.lesson(app))["id"]
    with pytest.raises(VersionOutOfOrder):
        await current_client().fetch(
            "INSERT INTO lesson_versions (lesson_id, version, content) VALUES ($1, 7, '{}')", lesson
        )
    await settled(db, 1)
    (event,) = await refusals()
    assert (event.metadata["constraint"], event.entity_id) == ("lesson_versions_version_order", "lesson_versions")


async def test_what_a_guard_refused_is_counted_once(cluster: Cluster, database: str, owner: asyncpg.Connection) -> None:
    async with Database(cluster.settings(database, role="owner")) as db:
        with acting_as(OPERATOR), pytest.raises(ImmutableRecord):
            await current_client().fetch("DELETE FROM audit_logs")
        await settled(db, 1)
        (event,) = await refusals()
    assert (event.reason_code, event.entity_id) == ("immutable_record", "audit_logs")
    assert event.metadata["constraint"] == "audit_logs_immutable"
    assert await count(owner, "audit_logs", "delete") == 1


async def test_what_is_taken_or_malformed_is_no_denial(db: Database) -> None:
    await FeatureFlag.create(key="one")
    with pytest.raises(AlreadyExists):
        await FeatureFlag.create(key="one")
    with pytest.raises(InvalidValue):
        await FeatureFlag.create(key="NO KEY")
    assert (db.denials.waiting, db.denials.written, db.denials.dropped) == (0, 0, 0)


async def test_a_role_that_may_record_nothing_is_told_in_the_log(
    cluster: Cluster, database: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with Database(cluster.settings(database, role="reader")) as db:
        for _ in range(3):
            with pytest.raises(PermissionDenied):
                await FeatureFlag.create(key="one")
        await settled(db, 3)
        assert (db.denials.written, db.denials.dropped) == (0, 3)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "trust_models.denials"]
    assert "1 denials have left no event; the last, because Permission denied for function record_denial." in line


# In a transaction


async def test_in_a_transaction_it_is_written_at_the_end(db: Database) -> None:
    async with transaction():
        with pytest.raises(PermissionDenied):
            async with transaction():
                await ask_for_too_much()
        assert (db.denials.waiting, db.denials.written) == (0, 0)
        await FeatureFlag.create(key="one")
    await settled(db, 1)
    assert len(await refusals()) == 1
    assert await FeatureFlag.all().count() == 1


@pytest.mark.parametrize("error", [None, Undo])
async def test_in_a_transaction_that_is_undone(db: Database, error: type[Exception] | None) -> None:
    with pytest.raises(error or PermissionDenied):
        async with transaction():
            await FeatureFlag.create(key="one")
            try:
                await ask_for_too_much()
            except PermissionDenied:
                if error is None:
                    raise
            raise Undo
    await settled(db, 1)
    assert len(await refusals()) == 1
    assert await FeatureFlag.all().count() == 0


async def test_many_in_one_transaction_are_all_written(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trust_models.db.denial.MAX_UNSETTLED", 5)
    async with transaction():
        for _ in range(12):
            with pytest.raises(PermissionDenied):
                async with transaction():
                    await ask_for_too_much()
        await settled(db, 7)
    await settled(db, 12)
    assert len(await refusals()) == 12


# In an audited operation


async def test_the_event_of_the_operation_that_it_ends_is_the_one(db: Database, owner: asyncpg.Connection) -> None:
    with pytest.raises(PermissionDenied):
        async with audited("thing.make", THING, actor=OPERATOR):
            await ask_for_too_much()
    assert summary(await trail.events()) == [("thing.make", "DENIED", "permission_denied")]
    assert (db.denials.waiting, db.denials.written, db.denials.dropped) == (0, 0, 0)
    assert await count(owner, "feature_flags", "delete") == 1


async def test_one_that_goes_through_two_operations_is_counted_once(db: Database, owner: asyncpg.Connection) -> None:
    with pytest.raises(PermissionDenied):
        async with audited("outer.do", THING, actor=OPERATOR), audited("inner.do", THING, actor=OPERATOR):
            await ask_for_too_much()
    assert [event.action for event in await trail.events()] == ["inner.do", "outer.do"]
    assert db.denials.written == 0
    assert await count(owner, "feature_flags", "delete") == 1


async def test_one_that_is_swallowed_in_an_operation_has_its_own(db: Database) -> None:
    async with audited("thing.make", THING, actor=ADA) as operation:
        with pytest.raises(PermissionDenied):
            async with transaction():
                await ask_for_too_much()
    await settled(db, 1)
    assert sorted(summary(await trail.events())) == [
        (ACTION, "DENIED", "permission_denied"),
        ("thing.make", "SUCCESS", None),
    ]
    (event,) = await refusals()
    assert (event.context["operation_id"], event.actor_id) == (operation.id, "ada")


async def test_one_that_an_operation_fails_from_by_another_error_has_its_own(db: Database) -> None:
    class Conflict(Exception):
        """Of a service."""

    with pytest.raises(Conflict):
        async with audited("thing.make", THING, actor=OPERATOR):
            try:
                await ask_for_too_much()
            except PermissionDenied as error:
                raise Conflict from error
    await settled(db, 1)
    assert sorted(summary(await trail.events())) == [
        (ACTION, "DENIED", "permission_denied"),
        ("thing.make", "FAILURE", "conflict"),
    ]


async def test_one_that_an_operation_swallows_without_a_savepoint(db: Database) -> None:
    with pytest.raises(TransactionAborted):
        async with audited("thing.make", THING, actor=OPERATOR):
            with pytest.raises(PermissionDenied):
                await ask_for_too_much()
    await settled(db, 1)
    assert sorted(summary(await trail.events())) == [
        (ACTION, "DENIED", "permission_denied"),
        ("thing.make", "FAILURE", "transaction_aborted"),
    ]


async def test_one_in_a_plain_transaction_inside_ends_the_operation(db: Database) -> None:
    with pytest.raises(PermissionDenied):
        async with audited("thing.make", THING, actor=OPERATOR), transaction():
            await asyncio.gather(ask_for_too_much())
    assert summary(await trail.events()) == [("thing.make", "DENIED", "permission_denied")]
    assert db.denials.written == 0


async def test_an_operation_in_a_plain_transaction(db: Database) -> None:
    with pytest.raises(PermissionDenied):
        async with transaction(), audited("thing.make", THING, actor=OPERATOR):
            await ask_for_too_much()
    assert summary(await trail.events()) == [("thing.make", "DENIED", "permission_denied")]
    assert db.denials.written == 0


LATE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION USING ERRCODE = '23T03', MESSAGE = 'Not yet.', HINT = 'Wait.',
        SCHEMA = 'public', TABLE = 'feature_flags', CONSTRAINT = 'feature_flags_late';
    END $$;
    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON feature_flags
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()"""


async def test_at_the_commit_of_an_operation(db: Database, owner: asyncpg.Connection) -> None:
    await owner.execute(LATE)
    with pytest.raises(StateNotAllowed):
        async with audited("thing.make", THING, actor=OPERATOR):
            await FeatureFlag.create(key="one")
    assert summary(await trail.events()) == [("thing.make", "DENIED", "state_not_allowed")]
    assert db.denials.written == 0


async def test_at_the_commit_of_a_transaction(db: Database, owner: asyncpg.Connection) -> None:
    await owner.execute(LATE)
    with pytest.raises(StateNotAllowed):
        async with transaction():
            await FeatureFlag.create(key="one")
    await settled(db, 1)
    event = await trail.event()
    assert (event.action, event.entity_id) == (ACTION, "feature_flags")
    assert event.metadata == {"sqlstate": "23T03", "constraint": "feature_flags_late", "operation": "other"}


# Its own way


async def test_what_is_allowed_opens_no_connection_for_denials(db: Database, admin: asyncpg.Connection) -> None:
    with acting_as(OPERATOR):
        await FeatureFlagRepository().enable("one")
    assert await connections(admin) == 0
    with pytest.raises(PermissionDenied):
        await ask_for_too_much()
    await settled(db, 1)
    assert await connections(admin) == 1


async def test_two_databases_have_ways_of_their_own(cluster: Cluster, database: str) -> None:
    async with cluster.clone() as other, Database(cluster.settings(database)) as first:

        async def elsewhere() -> int:
            async with Database(cluster.settings(other)) as second:
                for _ in range(2):
                    with pytest.raises(PermissionDenied):
                        await ask_for_too_much()
                await settled(second, 2)
                return len(await refusals())

        with pytest.raises(PermissionDenied):
            await ask_for_too_much()
        assert await asyncio.create_task(elsewhere()) == 2
        await settled(first, 1)
        assert len(await refusals()) == 1
