"""What is refused leaves a trace: a count that no rollback takes back, and one line in the server's log."""

# ruff: noqa: S608 - the names in statements are those of the schema

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.refusal_log import MARKER, count, listening
from tests.fixtures.refusals import refused
from trust_models.sql import CURRENT, load

each_table = pytest.mark.parametrize("table", records.APPEND_ONLY)
STATEMENTS = {
    "update": "UPDATE {table} SET created_at = now()",
    "delete": "DELETE FROM {table} WHERE false",
    "truncate": "TRUNCATE {table} CASCADE",
}
each_operation = pytest.mark.parametrize("operation", STATEMENTS)


@asynccontextmanager
async def stopped(connection: asyncpg.Connection) -> AsyncIterator[None]:
    """Expect the block to be refused as a change of what is immutable, by whichever rule; it is undone."""
    with pytest.raises(asyncpg.PostgresError) as caught:
        async with connection.transaction():
            yield
    assert caught.value.sqlstate == "23T01"


# Counting


@each_table
@each_operation
async def test_a_refusal_is_counted_per_table_and_operation(
    owner_trial: asyncpg.Connection, table: str, operation: str
) -> None:
    before = {row["table_name"] + row["operation"]: row["refused"] for row in await refusals(owner_trial)}
    for _ in range(3):
        async with refused(owner_trial, "23T01", f"{table}_immutable"):
            await owner_trial.execute(STATEMENTS[operation].format(table=table))
    after = {row["table_name"] + row["operation"]: row["refused"] for row in await refusals(owner_trial)}
    changed = {name: number - before[name] for name, number in after.items() if number != before[name]}
    assert changed == {table + operation: 3}


async def refusals(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    """Return every count."""
    return await connection.fetch("SELECT * FROM trust.refusals()")


@pytest.mark.parametrize("attached", [True, False], ids=["attached", "detached"])
async def test_a_segment_counts_for_the_log(owner_trial: asyncpg.Connection, *, attached: bool) -> None:
    if not attached:
        await owner_trial.execute("ALTER TABLE audit_logs DETACH PARTITION trust.audit_segment_000000")
    before = await count(owner_trial, "audit_logs", "delete")
    async with stopped(owner_trial):
        await owner_trial.execute("DELETE FROM trust.audit_segment_000000")
    assert await count(owner_trial, "audit_logs", "delete") == before + 1


@pytest.mark.parametrize(
    ("table", "operation", "statement"),
    [
        ("lab_sessions", "update", "UPDATE lab_sessions SET user_id = gen_random_uuid()"),
        ("lab_sessions", "delete", "DELETE FROM lab_sessions"),
        ("auth_identities", "update", "UPDATE auth_identities SET user_id = gen_random_uuid()"),
        ("auth_sessions", "update", "UPDATE auth_sessions SET token_hash = repeat('a', 64)"),
    ],
)
async def test_what_else_is_immutable_is_counted(
    owner_trial: asyncpg.Connection, table: str, operation: str, statement: str
) -> None:
    row = await records.BUILDERS[table](owner_trial)
    if table == "lab_sessions":
        await owner_trial.execute("UPDATE lab_sessions SET status = 'FAILED' WHERE id = $1", row["id"])
    before = await count(owner_trial, table, operation)
    async with listening(owner_trial) as log, stopped(owner_trial):
        await owner_trial.execute(statement)
    assert await count(owner_trial, table, operation) == before + 1
    assert log.line["id"] == str(row["id"])
    assert log.line["rule"].startswith(table)


def test_whatever_raises_23t01_records_it() -> None:
    raises = re.compile(r"(ERRCODE =|code :=) '23T01'")
    raising = {name for name in CURRENT if raises.search(executed(load(name)))}
    assert len(raising) >= 4
    for name in raising:
        text = executed(load(name))
        assert "trust.record_refusal(" in text, name
        assert "SECURITY DEFINER" in text, f"{name} is called by roles that may not record"


def executed(text: str) -> str:
    """Return the text of a file without its comments."""
    return re.sub(r"--.*", "", text)


@pytest.mark.parametrize(
    "statement",
    [
        "MERGE INTO lab_versions USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE",
        "WITH gone AS (DELETE FROM lab_versions RETURNING *) SELECT count(*) FROM gone",
        "EXPLAIN ANALYZE DELETE FROM lab_versions",
    ],
)
async def test_a_statement_counts_once(owner_trial: asyncpg.Connection, statement: str) -> None:
    for _ in range(3):
        await records.lab_version(owner_trial)
    before = await count(owner_trial, "lab_versions", "delete")
    async with listening(owner_trial) as log, stopped(owner_trial):
        await owner_trial.execute(statement)
    assert len(log.lines) == 1
    assert await count(owner_trial, "lab_versions", "delete") == before + 1


async def test_a_refusal_that_is_swallowed_is_counted_and_logged(owner_trial: asyncpg.Connection) -> None:
    before = await count(owner_trial, "lab_versions", "delete")
    async with listening(owner_trial) as log:
        await owner_trial.execute("""
            DO $$
            BEGIN
              FOR attempt IN 1..5 LOOP
                BEGIN
                  DELETE FROM lab_versions;
                EXCEPTION WHEN OTHERS THEN
                  NULL;
                END;
              END LOOP;
            END
            $$""")
    assert await count(owner_trial, "lab_versions", "delete") == before + 5
    assert [line["number"] for line in log.lines] == [before + number for number in range(1, 6)]


async def test_many_at_once_are_counted_exactly(cluster: Cluster, owner: asyncpg.Connection, database: str) -> None:
    async def attack() -> None:
        connection = await connect(cluster.url("owner", database))
        try:
            for _ in range(25):
                with pytest.raises(asyncpg.PostgresError):
                    await connection.execute("DELETE FROM audit_logs")
        finally:
            await connection.close()

    await asyncio.gather(*(attack() for _ in range(8)))
    assert await count(owner, "audit_logs", "delete") == 200


async def test_no_setting_of_a_session_switches_it_off(admin_trial: asyncpg.Connection) -> None:
    before = await count(admin_trial, "audit_logs", "truncate")
    for setting in (
        "session_replication_role = replica",
        "client_min_messages = error",
        "trust.operation_id = ''",
        "lock_timeout = 1",
        "search_path = pg_temp",
    ):
        async with stopped(admin_trial):
            await admin_trial.execute(f"SET LOCAL {setting}; TRUNCATE public.audit_logs")
    assert await count(admin_trial, "audit_logs", "truncate") == before + 5


async def test_functions_of_the_same_name_stand_in_for_nothing(owner_trial: asyncpg.Connection) -> None:
    await owner_trial.execute("""
        CREATE FUNCTION public.nextval(regclass) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint';
        CREATE FUNCTION public.to_regclass(text) RETURNS regclass LANGUAGE sql AS 'SELECT NULL::regclass';
        CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS 'SELECT ''x''';
        SET LOCAL search_path = public, pg_catalog""")
    before = await count(owner_trial, "lab_versions", "update")
    async with stopped(owner_trial):
        await owner_trial.execute("UPDATE lab_versions SET version = 1")
    assert await count(owner_trial, "lab_versions", "update") == before + 1


# The refusal stays what it is, whatever becomes of its trace


async def test_in_a_transaction_that_has_turned_read_only(owner_trial: asyncpg.Connection) -> None:
    """PostgreSQL itself refuses the statement as it begins; one that has begun meets the guard."""
    await owner_trial.execute("""
        CREATE FUNCTION public.turn() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          SET LOCAL transaction_read_only = on;
          RETURN NULL;
        END $$;
        CREATE TRIGGER a_turn BEFORE DELETE ON lab_versions FOR EACH STATEMENT EXECUTE FUNCTION public.turn()""")
    async with listening(owner_trial) as log, refused(owner_trial, "23T01", "lab_versions_immutable"):
        await owner_trial.execute("DELETE FROM lab_versions")
    assert "number" not in log.line
    async with refused(owner_trial, "25006"):
        await owner_trial.execute("SET LOCAL transaction_read_only = on; DELETE FROM lesson_versions")


async def test_without_its_counter_it_counts_elsewhere(owner: asyncpg.Connection) -> None:
    await owner.execute("DROP SEQUENCE trust.refused_lab_versions_delete")
    await refuse(owner, "DELETE FROM lab_versions")
    assert await count(owner, "other", "other") == 1
    await owner.execute("SELECT setval('trust.refused_lesson_versions_delete', 9223372036854775807)")
    await refuse(owner, "DELETE FROM lesson_versions")
    assert await count(owner, "other", "other") == 2
    await owner.execute("DROP SEQUENCE trust.refused_other")
    async with listening(owner) as log:
        await refuse(owner, "DELETE FROM lab_versions")
    assert "number" not in log.line
    assert log.line["table"] == "lab_versions"


async def test_a_relation_of_its_name_is_no_counter(owner: asyncpg.Connection) -> None:
    await owner.execute("DROP SEQUENCE trust.refused_lab_versions_delete")
    await owner.execute("CREATE TABLE trust.refused_lab_versions_delete (id integer)")
    await refuse(owner, "DELETE FROM lab_versions")
    assert await count(owner, "other", "other") == 1


async def test_a_lock_on_its_counter_does_not_hold_it_up(
    cluster: Cluster, owner: asyncpg.Connection, database: str
) -> None:
    other = await connect(cluster.url("owner", database))
    try:
        async with other.transaction():
            await other.execute("ALTER SEQUENCE trust.refused_lab_versions_delete INCREMENT 1")
            await asyncio.wait_for(refuse(owner, "DELETE FROM lab_versions"), 10)
    finally:
        await other.close()
    assert await count(owner, "other", "other") == 1


@pytest.mark.parametrize("lost", ["record_refusal", "log_refusal", "printable"])
async def test_without_the_functions_it_is_still_refused(owner: asyncpg.Connection, lost: str) -> None:
    await owner.execute(f"DROP FUNCTION trust.{lost}")
    async with listening(owner) as log:
        await refuse(owner, "DELETE FROM lab_versions")
    assert [message.message for message in log.messages] == [
        "trust_models: a refusal could not be recorded (SQLSTATE 42883)."
    ]


async def refuse(owner: asyncpg.Connection, statement: str) -> None:
    """See a statement refused by the guard."""
    async with stopped(owner):
        await owner.execute(statement)


async def test_in_a_parallel_query_nothing_changes(owner_trial: asyncpg.Connection) -> None:
    """PostgreSQL itself refuses the statement there, before the guard could."""
    await records.lab_version(owner_trial)
    forced = "debug_parallel_query" if owner_trial.get_server_version().major >= 16 else "force_parallel_mode"
    await owner_trial.execute(f"""
        CREATE FUNCTION public.attack() RETURNS bigint LANGUAGE plpgsql PARALLEL SAFE AS $$
        BEGIN
          DELETE FROM lab_versions;
          RETURN 0;
        END $$;
        SET LOCAL {forced} = on""")
    async with refused(owner_trial, "25000"):
        await owner_trial.execute("SELECT public.attack()")
    assert await owner_trial.fetchval("SELECT count(*) FROM lab_versions") > 0


# The line in the log


async def test_the_line_says_who_did_what_and_when(cluster: Cluster, owner_trial: asyncpg.Connection) -> None:
    await owner_trial.execute("SET LOCAL application_name = 'psql'; SET LOCAL trust.actor_id = 'ada'")
    await owner_trial.execute("SET LOCAL trust.operation_id = 'op-1'; SET LOCAL trust.actor_type = 'USER'")
    moment = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
    before = await owner_trial.fetchval(moment)
    async with listening(owner_trial) as log, stopped(owner_trial):
        await owner_trial.execute("TRUNCATE trust.audit_segment_000000")
    (message,) = log.messages
    assert (message.severity, message.sqlstate) == ("LOG", "23T01")
    line = log.line
    assert before < line.pop("at") < await owner_trial.fetchval(moment)
    assert line.pop("number") == await count(owner_trial, "audit_logs", "truncate")
    assert line.pop("tx_id").isdigit()
    assert line.pop("client_address", None) == await owner_trial.fetchval("SELECT host(inet_client_addr())")
    assert line == {
        "sqlstate": "23T01",
        "table": "audit_logs",
        "operation": "truncate",
        "rule": "audit_segment_000000_immutable",
        "counter": "refused_audit_logs_truncate",
        "seen_by": "database",
        "login": cluster.login("owner"),
        "role": "none",
        "session_replication_role": "origin",
        "pid": owner_trial.get_server_pid(),
        "application_name": "psql",
        "actor_type": "USER",
        "actor_id": "ada",
        "operation_id": "op-1",
    }


async def test_the_line_tells_a_role_that_was_taken_on(cluster: Cluster, admin_trial: asyncpg.Connection) -> None:
    role = cluster.login("owner")
    await admin_trial.execute(f"SET LOCAL session_replication_role = replica; SET LOCAL ROLE {role}")
    async with listening(admin_trial) as log, stopped(admin_trial):
        await admin_trial.execute("DELETE FROM audit_logs")
    assert (log.line["role"], log.line["login"]) == (role, cluster.admin_url.user)
    assert log.line["session_replication_role"] == "replica"


@pytest.mark.parametrize(
    "name",
    ['a"b\\c', "a\nb", "a\r\n\tLOG:  b", "a\u2028b\u2029c\u0085d", "x" * 1000, f'{MARKER}{{"number": 1}}'],
    ids=["quotes", "line", "forged line", "lines of Unicode", "long", "marker"],
)
async def test_what_a_client_claims_stays_one_line_of_json(owner_trial: asyncpg.Connection, name: str) -> None:
    for setting in ("application_name", "trust.actor_id", "trust.actor_type", "trust.operation_id"):
        await owner_trial.execute("SELECT set_config($1, $2, true)", setting, name)
    async with listening(owner_trial) as log, stopped(owner_trial):
        await owner_trial.execute("DELETE FROM audit_logs")
    (text,) = log.texts
    assert len(text.splitlines()) == 1
    assert len(text) < 2500
    assert log.line["table"] == "audit_logs"
    assert log.line["actor_id"][0] == name[0]
    assert len(log.line["actor_id"]) <= 255


async def test_the_line_holds_neither_the_statement_nor_the_row(owner_trial: asyncpg.Connection) -> None:
    secret = "hunter2-secret"
    await records.event(owner_trial, metadata=json.dumps({"password": secret}))
    await owner_trial.execute("ALTER TABLE audit_logs DISABLE TRIGGER t10_immutable_statement")
    async with listening(owner_trial) as log, stopped(owner_trial):
        await owner_trial.execute(
            f"UPDATE audit_logs SET actor_id = '{secret}' WHERE metadata ->> 'password' = '{secret}'"
        )
    assert log.line["id"].isdigit() if isinstance(log.line["id"], str) else log.line["id"] > 0
    assert secret not in log.texts[0]


# Who may


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT trust.record_refusal('23T01', 'audit_logs', 'delete')",
        "SELECT trust.log_refusal(1, '23T01', 'audit_logs', 'delete', '{}')",
        "SELECT trust.ensure_refusal_counters('users', ARRAY['delete'])",
        "SELECT nextval('trust.refused_audit_logs_delete')",
        "SELECT setval('trust.refused_audit_logs_delete', 1)",
        "SELECT last_value FROM trust.refused_audit_logs_delete",
        "ALTER SEQUENCE trust.refused_audit_logs_delete RESTART",
        "DROP SEQUENCE trust.refused_audit_logs_delete",
        "SELECT * FROM trust.denials",
        "UPDATE trust.denials SET refused = 0",
        "DELETE FROM trust.denials",
        "TRUNCATE trust.denials",
    ],
)
async def test_nobody_at_run_time_reaches_the_counters(cluster: Cluster, shared_database: str, statement: str) -> None:
    for role in ("app", "reader", "archiver"):
        connection = await connect(cluster.url(role, shared_database))
        try:
            async with refused(connection, "42501"):
                await connection.execute(statement)
        finally:
            await connection.close()


async def test_who_reads_the_counts(cluster: Cluster, shared_database: str) -> None:
    for role, may in (("reader", True), ("archiver", True), ("owner", True), ("app", False)):
        connection = await connect(cluster.url(role, shared_database))
        try:
            if may:
                assert len(await refusals(connection)) > 20
            else:
                async with refused(connection, "42501"):
                    await refusals(connection)
        finally:
            await connection.close()


async def test_every_guarded_table_has_its_counters(standing_owner: asyncpg.Connection) -> None:
    counted = {(row["table_name"], row["operation"]) for row in await refusals(standing_owner)}
    for table in records.APPEND_ONLY:
        assert {(table, operation) for operation in ("update", "delete", "truncate", "ddl")} <= counted
    assert ("other", "other") in counted
    assert not any("segment" in table for table, _ in counted)


async def test_a_count_that_somebody_holds_does_not_hold_up_the_event(cluster: Cluster, database: str) -> None:
    report = "SELECT trust.record_denial('42501', 'labs', 'update', NULL, NULL, NULL, NULL, NULL, '{}')"
    holder, other = [await connect(cluster.url("app", database)) for _ in range(2)]
    transaction = holder.transaction()
    await transaction.start()
    try:
        await holder.execute(report)
        assert await other.fetchval(report, timeout=5) > 0
    finally:
        await transaction.rollback()
        await holder.close()
        await other.close()
