"""audit_logs: what an event must say, what the database says itself, and the segments it lies in."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timezone

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.refusals import refused
from trust_models import Actor, AuditEvent, AuditLogRepository, Database, Entity, FeatureFlagRepository, acting_as
from trust_models.enums import Outcome
from trust_models.errors import AuditLogFull, AuditNotRecorded

EPOCH = datetime(2001, 1, 1, tzinfo=timezone.utc)
SIZE = 1_000_000
COLUMNS = ["actor_type", "action", "outcome", "entity_type"]
EVENT = ("SYSTEM", "lab_session.complete", "SUCCESS", "lab_session")


@pytest.fixture
async def archiver(cluster: Cluster, database: str) -> AsyncIterator[asyncpg.Connection]:
    """The connection of whoever maintains the log."""
    connection = await connect(cluster.url("archiver", database))
    yield connection
    await connection.close()


# What the database alone says


async def test_the_database_numbers_the_events(app_trial: asyncpg.Connection) -> None:
    first, second = await records.event(app_trial), await records.event(app_trial)
    assert second["id"] == first["id"] + 1


async def test_a_service_cannot_name_the_number(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "42501"):
        await records.event(app_trial, id=1)


@pytest.mark.parametrize("number", [0, 2, 77, SIZE, 5 * SIZE - 1])
async def test_another_number_is_refused(owner: asyncpg.Connection, number: int) -> None:
    assert (await records.event(owner))["id"] == 1
    async with refused(owner, "23T02", "audit_logs_id_order"):
        await records.event(owner, id=number)


async def test_another_number_is_refused_by_copy(owner: asyncpg.Connection) -> None:
    await records.event(owner)
    async with refused(owner, "23T02", "audit_logs_id_order"):
        await owner.copy_records_to_table("audit_logs", records=[(77, *EVENT)], columns=["id", *COLUMNS])


async def test_another_number_is_refused_in_a_session_that_wrote_nothing_yet(owner: asyncpg.Connection) -> None:
    # The sequence has no current value in this session: PostgreSQL itself refuses, before the rule can be broken.
    async with refused(owner, "55000"):
        await records.event(owner, id=77)


@pytest.mark.parametrize("number", [-1, 2**62, None])
async def test_a_number_outside_every_segment_has_no_place(owner: asyncpg.Connection, number: int | None) -> None:
    await records.event(owner)
    async with refused(owner, "23514"):
        await records.event(owner, id=number)


async def test_a_number_is_used_once(owner: asyncpg.Connection) -> None:
    event = await records.event(owner)
    async with refused(owner, "23505", "audit_segment_000000_pkey"):
        await records.event(owner, id=event["id"])


async def test_the_time_is_the_clock_s_and_not_the_transaction_s(owner_trial: asyncpg.Connection) -> None:
    for chosen in (EPOCH, datetime(2090, 1, 1, tzinfo=timezone.utc), None):
        event = await records.event(owner_trial, created_at=chosen)
        assert await owner_trial.fetchval("SELECT $1 > now() AND $1 < clock_timestamp()", event["created_at"])
    async with refused(owner_trial, "42703"):
        await records.event(owner_trial, updated_at=EPOCH)


async def test_the_transaction_is_the_one_that_writes(owner_trial: asyncpg.Connection) -> None:
    current = await owner_trial.fetchval("SELECT pg_current_xact_id()")
    for chosen in (1, 2**62, None):
        assert (await records.event(owner_trial, tx_id=chosen))["tx_id"] == current


async def test_a_savepoint_is_part_of_its_transaction(app_trial: asyncpg.Connection) -> None:
    outer = await records.event(app_trial)
    async with app_trial.transaction():
        inner = await records.event(app_trial)
    assert inner["tx_id"] == outer["tx_id"]


@pytest.mark.parametrize("column", ["id", "tx_id", "created_at"])
async def test_a_service_cannot_write_what_the_database_says(app_trial: asyncpg.Connection, column: str) -> None:
    for value in ("DEFAULT", "NULL"):
        async with refused(app_trial, "42501"):
            await app_trial.execute(
                f"INSERT INTO audit_logs ({column}, actor_type, action, outcome, entity_type)"  # noqa: S608
                f" VALUES ({value}, 'SYSTEM', 'a.b', 'SUCCESS', 'lab')"
            )


async def test_copy_is_numbered_and_dated(owner_trial: asyncpg.Connection) -> None:
    await owner_trial.copy_records_to_table(
        "audit_logs", records=[(1, EPOCH, *EVENT)] * 3, columns=["tx_id", "created_at", *COLUMNS]
    )
    rows = await owner_trial.fetch(
        "SELECT id, created_at > now() AS now, tx_id = pg_current_xact_id() AS here FROM audit_logs ORDER BY id"
    )
    assert [row["id"] - rows[0]["id"] for row in rows] == [0, 1, 2]
    assert all(row["now"] and row["here"] for row in rows)


# The database role


async def test_the_database_role_is_recorded(app: asyncpg.Connection) -> None:
    login = await app.fetchval("SELECT session_user::text")
    event = await records.event(app)
    assert json.loads(event["context"]) == {"database_role": login, "database_login": login}
    await app.execute("SET ROLE trust_app")
    event = await records.event(app)
    assert json.loads(event["context"])["database_role"] == "trust_app"


async def test_a_login_does_not_vanish_behind_its_role(app: asyncpg.Connection) -> None:
    # Two services are members of trust_app: SET ROLE must not make the one look like the other.
    login = await app.fetchval("SELECT session_user::text")
    await app.execute("SET ROLE trust_app")
    event = await records.event(app)
    assert login in json.loads(event["context"]).values()


async def test_the_database_role_cannot_be_forged(app: asyncpg.Connection) -> None:
    login = await app.fetchval("SELECT session_user::text")
    for forged in ("postgres", None, ["postgres"], {"name": "postgres"}):
        context = json.dumps({"database_role": forged, "request_id": "r1"})
        event = await records.event(app, context=context)
        assert json.loads(event["context"]) == {"database_role": login, "database_login": login, "request_id": "r1"}


async def test_the_work_of_a_definer_is_recorded_as_the_caller_s(
    owner: asyncpg.Connection, app: asyncpg.Connection
) -> None:
    await owner.execute("""
        CREATE FUNCTION public.write_event() RETURNS jsonb LANGUAGE sql SECURITY DEFINER AS $$
          INSERT INTO public.audit_logs (actor_type, action, outcome, entity_type)
          VALUES ('SYSTEM', 'a.b', 'SUCCESS', 'lab') RETURNING context $$;
        GRANT EXECUTE ON FUNCTION public.write_event() TO PUBLIC""")
    context = json.loads(await app.fetchval("SELECT public.write_event()"))
    assert context["database_role"] == await app.fetchval("SELECT session_user::text")


async def test_an_attempt_to_become_the_owner_is_refused(app: asyncpg.Connection) -> None:
    owner = await app.fetchval("SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()")
    for role in ("trust_owner", "trust_guard", "trust_archiver", owner):
        async with refused(app, "42501"):
            await app.execute(f"SET ROLE {role}")
        async with refused(app, "42501"):
            await app.execute(f"SET SESSION AUTHORIZATION {role}")


# What an event must say


@pytest.mark.parametrize(
    ("actor_type", "actor_id"),
    [("USER", "u1"), ("SERVICE", "grader"), ("SYSTEM", None), ("SYSTEM", "cron"), ("ANONYMOUS", None)],
)
async def test_who_acts(app_trial: asyncpg.Connection, actor_type: str, actor_id: str | None) -> None:
    event = await records.event(app_trial, actor_type=actor_type, actor_id=actor_id)
    assert (event["actor_type"], event["actor_id"]) == (actor_type, actor_id)


@pytest.mark.parametrize("actor_type", [None, "USER", "SERVICE"])
async def test_an_actor_is_required(app_trial: asyncpg.Connection, actor_type: str | None) -> None:
    async with refused(app_trial, "23T05", "audit_logs_actor_required"):
        await records.event(app_trial, actor_type=actor_type)
    async with refused(app_trial, "23T05", "audit_logs_actor_required"):
        rows = [EVENT, (actor_type, *EVENT[1:])]
        await app_trial.copy_records_to_table("audit_logs", records=rows, columns=COLUMNS)


async def test_an_actor_without_a_type_is_refused(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23T05", "audit_logs_actor_required"):
        await records.event(app_trial, actor_type=None, actor_id="u1")


@pytest.mark.parametrize("actor_type", ["USER", "SERVICE"])
@pytest.mark.parametrize("actor_id", ["", " "])
async def test_an_empty_actor_is_none(app_trial: asyncpg.Connection, actor_type: str, actor_id: str) -> None:
    async with refused(app_trial, "23T05", "audit_logs_actor_required"):
        await records.event(app_trial, actor_type=actor_type, actor_id=actor_id)


@pytest.mark.parametrize("actor_type", ["ROBOT", "user", ""])
async def test_another_actor_type_is_refused(app_trial: asyncpg.Connection, actor_type: str) -> None:
    async with refused(app_trial, "23514", "audit_logs_actor_type_ck"):
        await records.event(app_trial, actor_type=actor_type, actor_id="u1")


@pytest.mark.parametrize("action", ["lab_session.complete", "user.role.change", "a.b", "a1.b_2"])
async def test_an_action_is_dotted(app_trial: asyncpg.Connection, action: str) -> None:
    assert (await records.event(app_trial, action=action))["action"] == action


@pytest.mark.parametrize(
    "action",
    [
        *["", ".", "complete", "lab_session.", ".complete", "lab..complete", "Lab.complete", "lab.Complete"],
        *["lab complete", "lab.complete\n", " lab.complete", "1lab.complete", "lab.1", "lab-session.complete", "é.b"],
    ],
)
async def test_another_action_is_refused(app_trial: asyncpg.Connection, action: str) -> None:
    async with refused(app_trial, "23514", "audit_logs_action_ck"):
        await records.event(app_trial, action=action)


@pytest.mark.parametrize("outcome", ["FAILURE", "DENIED"])
async def test_what_went_wrong_has_a_reason(app_trial: asyncpg.Connection, outcome: str) -> None:
    event = await records.event(app_trial, outcome=outcome, reason_code="timeout")
    assert (event["outcome"], event["reason_code"]) == (outcome, "timeout")
    async with refused(app_trial, "23514", "audit_logs_reason_code_ck"):
        await records.event(app_trial, outcome=outcome)


@pytest.mark.parametrize("outcome", ["FAILURE", "DENIED"])
@pytest.mark.parametrize("reason_code", ["", " "])
async def test_an_empty_reason_is_none(app_trial: asyncpg.Connection, outcome: str, reason_code: str) -> None:
    async with refused(app_trial, "23514", "audit_logs_reason_code_ck"):
        await records.event(app_trial, outcome=outcome, reason_code=reason_code)


@pytest.mark.parametrize("outcome", ["OK", "success", ""])
async def test_another_outcome_is_refused(app_trial: asyncpg.Connection, outcome: str) -> None:
    async with refused(app_trial, "23514", "audit_logs_outcome_ck"):
        await records.event(app_trial, outcome=outcome, reason_code="timeout")


@pytest.mark.parametrize("entity_type", ["", "LabSession", "lab session", "lab.session", "1lab", "_lab", "lab\n"])
async def test_another_entity_type_is_refused(app_trial: asyncpg.Connection, entity_type: str) -> None:
    async with refused(app_trial, "23514", "audit_logs_entity_type_ck"):
        await records.event(app_trial, entity_type=entity_type)


@pytest.mark.parametrize("column", ["metadata", "context"])
@pytest.mark.parametrize("document", ["[]", "null", '"text"', "1", '[{"a": 1}]'])
async def test_a_document_is_an_object(app_trial: asyncpg.Connection, column: str, document: str) -> None:
    async with refused(app_trial, "23514", f"audit_logs_{column}_ck"):
        await records.event(app_trial, **{column: document})


@pytest.mark.parametrize("column", ["metadata", "context"])
async def test_a_document_has_at_most_a_mebibyte(app_trial: asyncpg.Connection, column: str) -> None:
    await records.event(app_trial, **{column: json.dumps({"text": "x" * (2**20 - 100)})})
    async with refused(app_trial, "23514", f"audit_logs_{column}_size_ck"):
        await records.event(app_trial, **{column: json.dumps({"text": "x" * 2**20})})


# What only capture writes


@pytest.mark.parametrize("captured", [True, False, None])
async def test_a_captured_change_cannot_be_made_up(
    app_trial: asyncpg.Connection, owner_trial: asyncpg.Connection, captured: object
) -> None:
    for connection in (app_trial, owner_trial):
        async with refused(connection, "23T04", "audit_logs_captured_origin"):
            await records.event(connection, context=json.dumps({"captured": captured}))


_FORGED = """
    INSERT INTO public.audit_logs (actor_type, action, outcome, entity_type, context)
    VALUES ('SYSTEM', 'lab.updated', 'SUCCESS', 'lab', '{"captured": true}')"""
_DENIED = """
    PERFORM trust.record_denial(
      '23T01', 'labs', 'update', 'labs_x', 'SYSTEM', NULL, NULL, NULL, '{"captured": true}')"""
_REPLAYED = """
    PERFORM trust.replay_audit_events(pg_catalog.gen_random_uuid(), NULL, '[{"number": 1, "follows": 0, "event": {
      "schema_version": 1, "actor_type": "SYSTEM", "action": "lab.updated", "outcome": "SUCCESS", "entity_type": "lab",
      "metadata": "{}", "context": "{\\"captured\\": true}"}}]')"""


@pytest.mark.parametrize("way", [_FORGED, _DENIED, _REPLAYED], ids=["insert", "denial", "replay"])
async def test_a_captured_change_cannot_be_made_up_by_a_service_s_own_trigger(
    admin: asyncpg.Connection, app: asyncpg.Connection, way: str
) -> None:
    # Provisioning takes both rights from everybody; here a service has them.
    await admin.execute(f"GRANT TEMPORARY ON DATABASE {await admin.fetchval('SELECT current_database()')} TO trust_app")
    await admin.execute("GRANT USAGE ON LANGUAGE plpgsql TO trust_app")
    await app.execute(f"""
        CREATE TEMPORARY TABLE mine (n int);
        CREATE FUNCTION pg_temp.forge() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          {way};
          RETURN NULL;
        END $$;
        CREATE TRIGGER forge AFTER INSERT ON mine FOR EACH ROW EXECUTE FUNCTION pg_temp.forge()""")
    async with refused(app, "23T04", "audit_logs_captured_origin"):
        await app.execute("INSERT INTO mine VALUES (1)")


@pytest.mark.parametrize("version", [0, -1])
async def test_another_schema_version_is_refused(app_trial: asyncpg.Connection, version: int) -> None:
    async with refused(app_trial, "23514", "audit_logs_schema_version_ck"):
        await records.event(app_trial, schema_version=version)


@pytest.mark.parametrize("column", ["action", "outcome", "entity_type", "metadata", "context", "schema_version"])
async def test_an_event_is_complete(app_trial: asyncpg.Connection, column: str) -> None:
    async with refused(app_trial, "23502"):
        await records.event(app_trial, **{column: None})


async def test_an_event_has_defaults_for_the_rest(app_trial: asyncpg.Connection) -> None:
    event = await records.event(app_trial)
    assert (event["schema_version"], event["metadata"], event["entity_id"]) == (1, "{}", None)


# Segments


async def segments(connection: asyncpg.Connection) -> dict[str, tuple[int, int]]:
    """Return the attached segments with the ids that they take, in the order of these."""
    rows = await connection.fetch("""
        SELECT relname::text AS name, pg_get_expr(relpartbound, pg_class.oid) AS bound
        FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'audit_logs'::regclass ORDER BY relname""")
    assert all("DEFAULT" not in row["bound"] for row in rows)
    bounds = {row["name"]: [int(part) for part in row["bound"].split("'")[1::2]] for row in rows}
    return {name: (low, high) for name, (low, high) in bounds.items()}


async def continue_after(owner: asyncpg.Connection, number: int) -> None:
    await owner.execute("SELECT setval('trust.audit_logs_id_seq', $1)", number)


async def places(connection: asyncpg.Connection) -> list[tuple[int, str]]:
    rows = await connection.fetch("SELECT id, tableoid::regclass::text AS segment FROM audit_logs ORDER BY id")
    return [(row["id"], row["segment"]) for row in rows]


ACROSS = [
    (SIZE - 2, "trust.audit_segment_000000"),
    (SIZE - 1, "trust.audit_segment_000000"),
    (SIZE, "trust.audit_segment_000001"),
    (SIZE + 1, "trust.audit_segment_000001"),
]


async def test_segments_follow_each_other_without_a_gap(owner: asyncpg.Connection) -> None:
    found = await segments(owner)
    assert len(found) >= 5
    assert found == {f"audit_segment_{n:06}": (n * SIZE, (n + 1) * SIZE) for n in range(len(found))}


INSERTS: Sequence[str] = [
    "VALUES ('SYSTEM', 'a.b', 'SUCCESS', 'lab')" + ", ('SYSTEM', 'a.b', 'SUCCESS', 'lab')" * 3,
    "SELECT 'SYSTEM', 'a.b', 'SUCCESS', 'lab' FROM generate_series(1, 4)",
    "SELECT 'SYSTEM', 'a.b', 'SUCCESS', 'lab' FROM generate_series(1, 4) AS n ORDER BY n DESC",
]


@pytest.mark.parametrize("rows", INSERTS)
async def test_one_statement_writes_across_a_boundary(
    owner: asyncpg.Connection, app: asyncpg.Connection, rows: str
) -> None:
    await continue_after(owner, SIZE - 3)
    await app.execute(f"INSERT INTO audit_logs (actor_type, action, outcome, entity_type) {rows}")
    assert await places(app) == ACROSS


async def test_single_rows_are_written_across_a_boundary(owner: asyncpg.Connection, app: asyncpg.Connection) -> None:
    await continue_after(owner, SIZE - 3)
    for _ in range(4):
        await records.event(app)
    assert await places(app) == ACROSS


async def test_copy_writes_across_a_boundary(owner: asyncpg.Connection, app: asyncpg.Connection) -> None:
    await continue_after(owner, SIZE - 3)
    await app.copy_records_to_table("audit_logs", records=[EVENT] * 4, columns=COLUMNS)
    assert await places(app) == ACROSS


async def test_a_long_copy_is_numbered_row_by_row(app: asyncpg.Connection) -> None:
    # More rows than COPY would buffer.
    await app.copy_records_to_table("audit_logs", records=[EVENT] * 3000, columns=COLUMNS)
    row = await app.fetchrow("SELECT count(*), min(id), max(id) FROM audit_logs")
    assert row is not None
    assert tuple(row) == (3000, 1, 3000)


async def test_after_the_last_segment_an_event_is_refused_and_not_lost(
    owner: asyncpg.Connection, app: asyncpg.Connection, archiver: asyncpg.Connection
) -> None:
    last = max(high for _, high in (await segments(owner)).values())
    await continue_after(owner, last - 1)
    async with refused(app, "23514"):
        await records.event(app)
    assert await owner.fetchval("SELECT trust.audit_segments_ahead()") == 0
    assert await archiver.fetchval("SELECT trust.ensure_audit_segments(2)") == 3
    assert (await records.event(app))["id"] == last + 1
    assert await owner.fetchval("SELECT trust.audit_segments_ahead()") == 2


async def test_numbers_that_a_service_used_up_are_told_as_a_full_log(
    app: asyncpg.Connection,
    owner: asyncpg.Connection,
    archiver: asyncpg.Connection,
    db: Database,  # noqa: ARG001 - the repositories run on it
) -> None:
    # A service may take numbers without writing events; four million of them one by one take minutes.
    last = max(high for _, high in (await segments(owner)).values())
    await continue_after(owner, last - 2)
    await app.fetchval("SELECT nextval('trust.audit_logs_id_seq')")
    system = Actor.service("tests")
    event = AuditEvent(actor=system, action="lab.open", outcome=Outcome.SUCCESS, entity=Entity("lab"))
    with pytest.raises(AuditLogFull, match="Run `trust-models maintain` now") as full, acting_as(system):
        await AuditLogRepository().record_many([event, event])
    assert (full.value.table, full.value.constraint) == ("audit_logs", None)
    with pytest.raises(AuditNotRecorded) as unrecorded, acting_as(system):
        await FeatureFlagRepository().enable("labs.new")
    assert isinstance(unrecorded.value.__cause__, AuditLogFull)
    assert await owner.fetchval("SELECT count(*) FROM feature_flags") == 0
    await archiver.execute("SELECT trust.ensure_audit_segments(1)")
    with acting_as(system):
        await FeatureFlagRepository().enable("labs.new")


@pytest.mark.parametrize(
    ("last", "ahead"), [(None, 4), (1, 4), (SIZE - 1, 4), (SIZE, 3), (2 * SIZE - 1, 3), (4 * SIZE, 0), (99 * SIZE, 0)]
)
async def test_segments_ahead_are_those_not_begun(owner: asyncpg.Connection, last: int | None, ahead: int) -> None:
    if last is not None:
        await continue_after(owner, last)
    assert await owner.fetchval("SELECT trust.audit_segments_ahead()") == ahead


async def test_segments_are_made_as_far_ahead_as_wanted(
    owner: asyncpg.Connection, archiver: asyncpg.Connection
) -> None:
    assert await archiver.fetchval("SELECT trust.ensure_audit_segments(4)") == 0
    assert await archiver.fetchval("SELECT trust.ensure_audit_segments(6)") == 2
    assert await archiver.fetchval("SELECT trust.ensure_audit_segments(6)") == 0
    assert await archiver.fetchval("SELECT trust.ensure_audit_segments(1)") == 0
    found = await segments(owner)
    assert found == {f"audit_segment_{n:06}": (n * SIZE, (n + 1) * SIZE) for n in range(7)}


@pytest.mark.parametrize("ahead", [0, -1, 101, 2**31 - 1, None])
async def test_an_unreasonable_number_of_segments_is_refused(archiver: asyncpg.Connection, ahead: int | None) -> None:
    async with refused(archiver, "22023"):
        await archiver.execute("SELECT trust.ensure_audit_segments($1)", ahead)


async def test_a_rolled_back_segment_leaves_no_gap(owner: asyncpg.Connection) -> None:
    before = await segments(owner)
    transaction = owner.transaction()
    await transaction.start()
    await owner.execute("SELECT trust.create_audit_segment()")
    await transaction.rollback()
    assert await segments(owner) == before
    await owner.execute("SELECT trust.create_audit_segment()")
    assert list((await segments(owner)).values())[-1] == (5 * SIZE, 6 * SIZE)


async def test_a_detached_segment_is_not_numbered_again(owner: asyncpg.Connection) -> None:
    await owner.execute("ALTER TABLE audit_logs DETACH PARTITION trust.audit_segment_000004")
    assert await owner.fetchval("SELECT trust.create_audit_segment()::text") == "trust.audit_segment_000005"


async def test_an_event_can_be_written_while_a_segment_is_made(
    owner: asyncpg.Connection, app: asyncpg.Connection
) -> None:
    async with owner.transaction():
        await owner.execute("SELECT trust.create_audit_segment()")
        await app.execute("SET lock_timeout = '1s'")
        await records.event(app)
    assert len(await segments(owner)) == 6


# A detached segment


async def test_a_detached_segment_takes_no_event_of_another_number(owner: asyncpg.Connection) -> None:
    await records.event(owner)
    await owner.execute("ALTER TABLE audit_logs DETACH PARTITION trust.audit_segment_000000")
    into = "INSERT INTO trust.audit_segment_000000 (id, actor_type, action, outcome, entity_type)"
    async with refused(owner, "23T02", "audit_logs_id_order"):
        await owner.execute(f"{into} VALUES (77, 'SYSTEM', 'a.b', 'SUCCESS', 'lab')")
    await continue_after(owner, SIZE)
    async with refused(owner, "23514", "audit_segment_000000_id_ck"):
        await owner.execute(f"{into} VALUES (DEFAULT, 'SYSTEM', 'a.b', 'SUCCESS', 'lab')")
    assert await owner.fetchval("SELECT count(*) FROM trust.audit_segment_000000") == 1
