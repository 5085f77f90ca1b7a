"""What each role may not do: privileges refuse before a trigger has to."""

# ruff: noqa: S608 - the names in statements are those of the schema

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.refusals import refused

ROLES = ("trust_owner", "trust_guard", "trust_approver", "trust_app", "trust_reader", "trust_archiver")
RUNTIME = ("trust_app", "trust_reader", "trust_archiver", "trust_approver", "public")
TABLES = sorted(records.BUILDERS)
each_table = pytest.mark.parametrize("table", TABLES)
each_append_only = pytest.mark.parametrize("table", records.APPEND_ONLY)

# Columns beyond id, created_at and updated_at that a service never writes.
COMPUTED = {
    "lessons": ["published_at"],
    "lesson_versions": ["content_sha256"],
    "lab_versions": ["config_sha256"],
    "lab_sessions": ["started_at", "completed_at", "compute_cost", "cost_metadata"],
    "verification_attempts": ["attempt"],
    "audit_logs": ["tx_id"],
}
# Columns that a service writes once.
WRITTEN_ONCE = {
    "users": ["auth_provider"],
    "auth_sessions": ["user_id", "token_hash"],
    "auth_identities": ["user_id", "provider"],
    "lessons": ["slug"],
    "labs": ["slug"],
    "lab_sessions": ["user_id", "lab_version_id"],
    "github_accounts": ["user_id", "github_user_id"],
    "github_repo_mappings": ["lab_session_id", "repo_url"],
    "feature_flags": ["key"],
    "subscriptions": ["user_id"],
}


@pytest.fixture
async def reader(cluster: Cluster, shared_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The connection of somebody who only reads."""
    connection = await connect(cluster.url("reader", shared_database))
    yield connection
    await connection.close()


@pytest.fixture
async def archiver(cluster: Cluster, shared_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The connection of whoever maintains the audit log."""
    connection = await connect(cluster.url("archiver", shared_database))
    yield connection
    await connection.close()


# Append-only tables


@each_append_only
async def test_nobody_at_run_time_may_change_a_record(standing_admin: asyncpg.Connection, table: str) -> None:
    held = await standing_admin.fetch(
        "SELECT role, privilege FROM unnest($1::text[]) AS role, unnest($2::text[]) AS privilege"
        " WHERE has_table_privilege(role, $3, privilege)"
        " OR privilege = 'UPDATE' AND has_any_column_privilege(role, $3, privilege)",
        RUNTIME,
        ["UPDATE", "DELETE", "TRUNCATE", "TRIGGER", "REFERENCES"],
        table,
    )
    assert held == []


@each_append_only
@pytest.mark.parametrize("mode", ["SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"])
async def test_a_service_cannot_stop_the_record(app_trial: asyncpg.Connection, table: str, mode: str) -> None:
    async with refused(app_trial, "42501"):
        await app_trial.execute(f"LOCK TABLE {table} IN {mode} MODE")


@each_append_only
@pytest.mark.parametrize("strength", ["KEY SHARE", "SHARE", "NO KEY UPDATE", "UPDATE"])
async def test_a_service_cannot_lock_a_record(app_trial: asyncpg.Connection, table: str, strength: str) -> None:
    async with refused(app_trial, "42501"):
        await app_trial.execute(f"SELECT id FROM {table} FOR {strength}")


async def test_nobody_at_run_time_has_a_right_on_a_segment(standing_admin: asyncpg.Connection) -> None:
    held = await standing_admin.fetch(
        "SELECT role, relname FROM unnest($1::text[]) AS role, pg_class"
        " WHERE relnamespace = 'trust'::regnamespace AND relname LIKE 'audit_segment_%' AND relkind = 'r'"
        " AND (has_any_column_privilege(role, pg_class.oid, 'SELECT, INSERT, UPDATE')"
        " OR has_table_privilege(role, pg_class.oid, 'DELETE, TRUNCATE, TRIGGER'))",
        RUNTIME,
    )
    assert held == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT id FROM {segment}",
        "INSERT INTO {segment} (actor_type, action, outcome, entity_type) VALUES ('SYSTEM', 'a.b', 'SUCCESS', 'lab')",
        "COPY {segment} TO STDOUT",
    ],
)
async def test_a_service_does_not_reach_a_segment(app_trial: asyncpg.Connection, statement: str) -> None:
    async with refused(app_trial, "42501"):
        await app_trial.execute(statement.format(segment="trust.audit_segment_000000"))


# Columns


@each_table
async def test_a_service_cannot_write_what_the_database_says(app_trial: asyncpg.Connection, table: str) -> None:
    columns = ["id", "created_at", "updated_at", *COMPUTED.get(table, [])]
    if table == "audit_logs":
        columns.remove("updated_at")
    for column in columns:
        async with refused(app_trial, "42501"):
            await app_trial.execute(f"INSERT INTO {table} ({column}) VALUES (DEFAULT)")
        async with refused(app_trial, "42501"):
            await app_trial.execute(f"UPDATE {table} SET {column} = DEFAULT")


@pytest.mark.parametrize("table", WRITTEN_ONCE)
async def test_a_service_cannot_change_what_is_written_once(app_trial: asyncpg.Connection, table: str) -> None:
    await records.BUILDERS[table](app_trial)
    for column in WRITTEN_ONCE[table]:
        async with refused(app_trial, "42501"):
            await app_trial.execute(f"UPDATE {table} SET {column} = {column}")


@each_table
async def test_a_service_neither_empties_a_table_nor_hangs_anything_on_it(
    standing_admin: asyncpg.Connection, table: str
) -> None:
    for privilege in ("TRUNCATE", "TRIGGER", "REFERENCES"):
        assert not await standing_admin.fetchval("SELECT has_table_privilege('trust_app', $1, $2)", table, privilege)


async def test_a_service_deletes_only_what_is_no_evidence(standing_admin: asyncpg.Connection) -> None:
    rows = await standing_admin.fetch(
        "SELECT name FROM unnest($1::text[]) AS name WHERE has_table_privilege('trust_app', name, 'DELETE')", TABLES
    )
    assert {row["name"] for row in rows} <= {"auth_sessions", "auth_identities", "github_accounts"}


# Names and code


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.x (id integer)",
        "CREATE TABLE trust.x (id integer)",
        "CREATE TABLE x (id integer)",
        "CREATE SCHEMA x",
        "CREATE FUNCTION public.x() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION trust.x() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "CREATE VIEW public.x AS SELECT 1",
        "CREATE TRIGGER x BEFORE INSERT ON public.audit_logs EXECUTE FUNCTION trust.touch()",
        "CREATE RULE x AS ON INSERT TO public.audit_logs DO INSTEAD NOTHING",
        "CREATE POLICY x ON public.audit_logs USING (false)",
        "ALTER TABLE public.audit_logs DISABLE TRIGGER ALL",
        "ALTER TABLE public.audit_logs ENABLE REPLICA TRIGGER t10_immutable_statement",
        "ALTER TABLE public.audit_logs DETACH PARTITION trust.audit_segment_000000",
        "ALTER TABLE public.audit_logs ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE public.audit_logs OWNER TO CURRENT_USER",
        "ALTER TABLE public.users RENAME TO x",
        "ALTER FUNCTION trust.refuse_mutation() SET search_path = public",
        "DROP TABLE public.audit_logs",
        "DROP TABLE trust.audit_segment_000003",
        "DROP TRIGGER t10_immutable_statement ON public.audit_logs",
        "DROP FUNCTION trust.refuse_mutation() CASCADE",
        "DROP SCHEMA trust CASCADE",
        "SET session_replication_role = replica",
        "SET SESSION session_replication_role = local",
        "SELECT set_config('session_replication_role', 'replica', true)",
        "SELECT setval('trust.audit_logs_id_seq', 1)",
        "ALTER SEQUENCE trust.audit_logs_id_seq RESTART",
        "COPY public.users TO PROGRAM 'cat'",
        "COPY public.users TO '/tmp/users'",
        "COPY public.feature_flags (key) FROM '/etc/passwd'",
        "SELECT pg_read_file('/etc/passwd')",
        "CREATE ROLE x",
        "ALTER ROLE CURRENT_USER SUPERUSER",
        "CREATE EVENT TRIGGER x ON ddl_command_end EXECUTE FUNCTION trust.touch()",
        "CREATE PUBLICATION x",
        "COMMENT ON TABLE public.audit_logs IS 'x'",
        "CREATE INDEX ON public.audit_logs (action)",
        "REINDEX TABLE public.audit_logs",
        "CLUSTER public.users USING users_pkey",
    ],
)
async def test_a_service_builds_and_breaks_nothing(app_trial: asyncpg.Connection, statement: str) -> None:
    async with refused(app_trial, "42501"):
        await app_trial.execute(statement)


async def test_a_service_grants_itself_nothing(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "42501"):
        await app_trial.execute("GRANT trust_owner TO CURRENT_USER")
    # PostgreSQL only warns that nothing was granted.
    await app_trial.execute("GRANT ALL ON public.audit_logs TO CURRENT_USER; GRANT ALL ON public.users TO PUBLIC")
    for table in ("audit_logs", "users"):
        assert not await app_trial.fetchval("SELECT has_table_privilege($1, 'DELETE, TRUNCATE, TRIGGER')", table)


async def test_a_service_makes_nothing_of_its_own_in_the_database(cluster: Cluster) -> None:
    """Neither schemas nor temporary tables.

    A temporary `audit_logs` comes before ours in the search_path of a pooled connection: from then on whoever gets
    that connection writes events into it, with success, and they are gone with it. Asked of the database that was
    migrated, because CREATE DATABASE does not copy the privileges of its template.
    """
    for role in RUNTIME:
        for privilege in ("TEMPORARY", "CREATE"):
            held = "SELECT has_database_privilege($1, $2, $3)"
            assert not await cluster.admin.fetchval(held, role, cluster.template, privilege), (role, privilege)


@pytest.mark.parametrize(
    "call",
    [
        "trust.ensure_audit_segments(5)",
        "trust.create_audit_segment()",
        "trust.guard_table('public.users')",
        "trust.next_number(1, 0, 'users', 'id')",
    ],
)
async def test_a_service_calls_nothing_of_the_owner_s(app_trial: asyncpg.Connection, call: str) -> None:
    async with refused(app_trial, "42501"):
        await app_trial.execute(f"SELECT {call}")


async def test_what_a_service_runs_with_the_owner_s_rights(standing_admin: asyncpg.Connection) -> None:
    """The whole list: whoever adds to it has looked at what arguments of an attacker it would do."""
    rows = await standing_admin.fetch(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'trust'::regnamespace"
        " AND has_function_privilege('trust_app', oid, 'EXECUTE')"
    )
    assert {row["proname"] for row in rows} == {
        "applied_migrations",
        "count_denial",
        "record_denial",
        "replay_audit_events",
        "seal_audit_log",
        "server_identity",
    }


async def test_a_table_of_the_same_name_stands_in_for_nothing(owner_trial: asyncpg.Connection) -> None:
    """Temporary tables come first in everybody's search_path; the rules look elsewhere."""
    session = (await records.lab_session(owner_trial))["id"]
    identity = await records.identity(owner_trial)
    version = await records.lesson_version(owner_trial)
    await owner_trial.execute("""
        CREATE TEMPORARY TABLE verification_attempts AS
          SELECT id AS lab_session_id, 'PASS'::text AS result, 1 AS attempt FROM public.lab_sessions;
        CREATE TEMPORARY TABLE lesson_versions AS SELECT lesson_id, 41 AS version FROM public.lesson_versions;
        CREATE TEMPORARY TABLE users (id uuid);
        CREATE TEMPORARY TABLE auth_identities AS
          SELECT trust.uuid_v7() AS id, user_id FROM public.auth_identities;
        CREATE FUNCTION pg_temp.max(integer) RETURNS integer LANGUAGE sql AS 'SELECT 41';
        SET LOCAL search_path = pg_temp, public""")
    async with refused(owner_trial, "23T04", "lab_sessions_status_evidence"):
        await owner_trial.execute("UPDATE public.lab_sessions SET status = 'VERIFIED_PASS' WHERE id = $1", session)
    async with refused(owner_trial, "23T03", "auth_identities_user_id_last"):
        await owner_trial.execute("DELETE FROM public.auth_identities WHERE id = $1", identity["id"])
    assert (await records.lesson_version(owner_trial, lesson_id=version["lesson_id"]))["version"] == 2


# Bookkeeping of migrations


@pytest.mark.parametrize("role", ["app", "reader", "archiver"])
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT version FROM aerich",
        "SELECT count(*) FROM aerich",
        "INSERT INTO aerich (version, app, content) VALUES ('x', 'trust', '{}')",
        "UPDATE aerich SET content = '{}'",
        "DELETE FROM aerich",
        "SELECT nextval('aerich_id_seq')",
    ],
)
async def test_nobody_at_run_time_touches_the_bookkeeping(
    cluster: Cluster, shared_database: str, role: str, statement: str
) -> None:
    connection = await connect(cluster.url(role, shared_database))
    try:
        async with refused(connection, "42501"):
            await connection.execute(statement)
        assert len(await connection.fetch("SELECT * FROM trust.applied_migrations()")) > 5
    finally:
        await connection.close()


# Readers


@each_table
@pytest.mark.parametrize("statement", ["UPDATE {table} SET id = id", "DELETE FROM {table}", "TRUNCATE {table}"])
async def test_a_reader_changes_nothing(reader: asyncpg.Connection, table: str, statement: str) -> None:
    async with refused(reader, "42501"):
        await reader.execute(statement.format(table=table))


@each_table
async def test_a_reader_writes_nothing(reader: asyncpg.Connection, table: str) -> None:
    async with refused(reader, "42501"):
        await reader.execute(f"INSERT INTO {table} (created_at) VALUES (DEFAULT)")
    async with refused(reader, "42501"):
        await reader.execute(f"SELECT id FROM {table} FOR UPDATE")
    columns = "id, created_at" if table == "auth_sessions" else "*"
    await reader.fetch(f"SELECT {columns} FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT token_hash FROM auth_sessions",
        "SELECT * FROM auth_sessions",
        "SELECT auth_sessions FROM auth_sessions",
        "SELECT to_jsonb(auth_sessions) FROM auth_sessions",
        "SELECT count(*) FROM auth_sessions WHERE token_hash LIKE 'a%'",
        "SELECT count(*) FROM auth_sessions ORDER BY min(token_hash)",
        "SELECT count(token_hash) FROM auth_sessions",
        "SELECT 1 FROM auth_sessions JOIN auth_sessions AS other USING (token_hash)",
        "COPY auth_sessions TO STDOUT",
        "COPY auth_sessions (token_hash) TO STDOUT",
    ],
)
async def test_a_reader_does_not_see_the_hash_of_a_token(reader: asyncpg.Connection, statement: str) -> None:
    async with refused(reader, "42501"):
        await reader.execute(statement)


async def test_a_reader_does_not_see_the_hash_in_the_statistics(
    cluster: Cluster, owner: asyncpg.Connection, database: str
) -> None:
    for _ in range(3):
        await records.sign_in(owner)
    await owner.execute("ANALYZE auth_sessions")
    columns = "SELECT attname FROM pg_stats WHERE tablename = 'auth_sessions' AND attname IN ('id', 'token_hash')"
    assert len(await owner.fetch(columns)) == 2
    reader = await connect(cluster.url("reader", database))
    try:
        assert [row["attname"] for row in await reader.fetch(columns)] == ["id"]
    finally:
        await reader.close()


async def test_the_archiver_reads_what_it_maintains_and_no_more(archiver: asyncpg.Connection) -> None:
    for table in TABLES:
        if table in {"audit_logs", "audit_checkpoints", "proof_artifacts"}:
            await archiver.fetch(f"SELECT * FROM {table}")
        else:
            async with refused(archiver, "42501"):
                await archiver.fetch(f"SELECT id FROM {table}")
        async with refused(archiver, "42501"):
            await archiver.execute(f"INSERT INTO {table} (created_at) VALUES (DEFAULT)")
        async with refused(archiver, "42501"):
            await archiver.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("call", ["trust.create_audit_segment()", "trust.guard_table('public.users')"])
async def test_the_archiver_makes_segments_in_one_way_only(archiver: asyncpg.Connection, call: str) -> None:
    async with refused(archiver, "42501"):
        await archiver.execute(f"SELECT {call}")


# The roles themselves


async def test_no_role_is_more_than_it_must_be(standing_admin: asyncpg.Connection) -> None:
    rows = await standing_admin.fetch(
        "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
        " FROM pg_roles WHERE rolname = ANY ($1)",
        ROLES,
    )
    assert {row["rolname"]: any(tuple(row)[1:]) for row in rows} == dict.fromkeys(ROLES, False)


async def test_no_role_is_a_member_of_a_stronger_one(standing_admin: asyncpg.Connection) -> None:
    rows = await standing_admin.fetch(
        "SELECT pg_get_userbyid(member) AS member, pg_get_userbyid(roleid) AS role FROM pg_auth_members"
        " WHERE pg_get_userbyid(member) = ANY ($1)",
        ROLES,
    )
    assert rows == []


async def test_the_guard_is_nobody(standing_admin: asyncpg.Connection) -> None:
    assert not await standing_admin.fetchval("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'trust_guard'")
    members = await standing_admin.fetch(
        "SELECT pg_get_userbyid(member) AS name FROM pg_auth_members WHERE roleid = 'trust_guard'::regrole"
    )
    assert members == []
