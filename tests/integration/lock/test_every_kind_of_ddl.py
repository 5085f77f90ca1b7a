"""Under the lock nobody changes the schema: every kind of DDL, by every role, with event triggers and without."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import asyncpg
import pytest

from tests.fixtures.catalogues import assert_same
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.refusals import assert_rule
from trust_models.schema.catalogue import Catalogue, snapshot

BREAKING = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'"
BLIND = "RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'"

OWN_DEFAULTS = "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO PUBLIC"
"""What only concerns tables that this role makes itself, of which it can make none here."""

TABLES = [
    "ALTER TABLE public.audit_logs RENAME TO other",
    "ALTER TABLE public.audit_logs SET SCHEMA trust",
    "ALTER TABLE public.proof_artifacts OWNER TO {role}",
    "ALTER TABLE public.proof_artifacts SET UNLOGGED",
    "ALTER TABLE public.proof_artifacts SET (fillfactor = 50)",
    "ALTER TABLE public.proof_artifacts REPLICA IDENTITY FULL",
    "ALTER TABLE public.proof_artifacts ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE public.proof_artifacts FORCE ROW LEVEL SECURITY",
    "DROP TABLE public.proof_artifacts",
    "DROP TABLE public.users CASCADE",
    "CREATE TABLE public.other (id integer)",
    "CREATE TABLE trust.other AS SELECT 1 AS one",
    "SELECT 1 AS one INTO public.other",
    "CREATE UNLOGGED TABLE public.other (id integer)",
    "CREATE VIEW public.other AS SELECT 1 AS one",
    "CREATE MATERIALIZED VIEW public.other AS SELECT 1 AS one",
]
COLUMNS = [
    "ALTER TABLE public.verification_attempts ALTER COLUMN result TYPE varchar(16) USING 'PASS'",
    "ALTER TABLE public.verification_attempts ALTER COLUMN result TYPE text",
    "ALTER TABLE public.verification_attempts DROP COLUMN logs",
    "ALTER TABLE public.verification_attempts DROP COLUMN logs, ADD COLUMN logs jsonb NOT NULL DEFAULT '{{}}'",
    "ALTER TABLE public.audit_logs DROP COLUMN on_behalf_of CASCADE, ADD COLUMN on_behalf_of varchar(255)",
    "ALTER TABLE public.users DROP COLUMN erased_at, ADD COLUMN erased_at timestamptz",  # the catalogue stays the same
    "ALTER TABLE public.verification_attempts RENAME COLUMN result TO other",
    "ALTER TABLE public.verification_attempts ADD COLUMN other text DEFAULT 'forged'",
    "ALTER TABLE public.verification_attempts ALTER COLUMN created_at SET DEFAULT '2001-01-01'",
    "ALTER TABLE public.verification_attempts ALTER COLUMN result DROP NOT NULL",
    "ALTER TABLE public.verification_attempts ALTER COLUMN updated_at DROP EXPRESSION",
]
TRIGGERS = [
    "ALTER TABLE public.audit_logs DISABLE TRIGGER ALL",
    "ALTER TABLE public.audit_logs DISABLE TRIGGER USER",
    "ALTER TABLE public.audit_logs DISABLE TRIGGER t10_immutable_statement",
    "ALTER TABLE trust.audit_segment_000000 DISABLE TRIGGER t10_immutable",
    "ALTER TABLE public.audit_logs ENABLE REPLICA TRIGGER t10_immutable_statement",
    "ALTER TABLE public.audit_logs ENABLE TRIGGER t10_immutable_truncate",
    "ALTER TRIGGER t10_immutable_truncate ON public.audit_logs RENAME TO other",
    "DROP TRIGGER t10_immutable ON public.lab_versions",
    (
        "CREATE TRIGGER t00_other BEFORE INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION"
        " suppress_redundant_updates_trigger()"
    ),
    (
        "CREATE OR REPLACE TRIGGER t10_immutable BEFORE UPDATE OR DELETE ON public.lab_versions FOR EACH ROW"
        " WHEN (false) EXECUTE FUNCTION trust.refuse_mutation()"
    ),
]
FUNCTIONS = [
    f"CREATE OR REPLACE FUNCTION trust.refuse_mutation() {BREAKING}",
    "ALTER FUNCTION trust.refuse_mutation() RENAME TO other",
    "ALTER FUNCTION trust.refuse_mutation() SET SCHEMA public",
    "ALTER FUNCTION trust.refuse_mutation() OWNER TO {role}",
    "ALTER FUNCTION trust.refuse_mutation() SECURITY INVOKER",
    "ALTER FUNCTION trust.refuse_mutation() SET search_path = public",
    "ALTER FUNCTION trust.refuse_mutation() RESET search_path",
    "DROP FUNCTION trust.refuse_mutation() CASCADE",
    "DROP ROUTINE trust.refuse_mutation() CASCADE",
    "CREATE FUNCTION trust.other() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz'",
    "CREATE PROCEDURE trust.other() LANGUAGE sql AS 'SELECT 1'",
    "CREATE AGGREGATE public.other (integer) (sfunc = int4pl, stype = integer)",
]
CONSTRAINTS = [
    "ALTER TABLE public.lab_sessions DROP CONSTRAINT lab_sessions_user_id_fkey",
    "ALTER TABLE public.audit_logs DROP CONSTRAINT audit_logs_outcome_ck",
    "ALTER TABLE public.audit_logs ADD CONSTRAINT other CHECK (false) NOT VALID",
    "ALTER TABLE public.audit_logs RENAME CONSTRAINT audit_logs_outcome_ck TO other",
    "ALTER TABLE public.lab_sessions ALTER CONSTRAINT lab_sessions_user_id_fkey DEFERRABLE",
    "DROP INDEX public.users_email_upper_key",
    "CREATE INDEX other ON public.audit_logs (action)",
    "CREATE UNIQUE INDEX other ON public.audit_logs (action, id)",
    "ALTER INDEX public.users_email_upper_key RENAME TO other",
]
RULES_AND_POLICIES = [
    "CREATE RULE other AS ON INSERT TO public.proof_artifacts DO INSTEAD NOTHING",
    "CREATE RULE other AS ON UPDATE TO public.users DO ALSO NOTHING",
    "CREATE POLICY other ON public.audit_logs USING (false)",
]
PARTITIONS = [
    "ALTER TABLE public.audit_logs DETACH PARTITION trust.audit_segment_000000",
    (
        "CREATE SCHEMA other; CREATE TABLE other.forged (LIKE public.audit_logs INCLUDING ALL);"
        " ALTER TABLE public.audit_logs ATTACH PARTITION other.forged FOR VALUES FROM (90000000) TO (91000000)"
    ),
    "CREATE SCHEMA other; CREATE TABLE other.forged () INHERITS (public.proof_artifacts)",
    "CREATE TABLE public.other PARTITION OF public.audit_logs DEFAULT",
    "CREATE TABLE public.other () INHERITS (public.proof_artifacts)",
    (
        "CREATE SCHEMA other; CREATE TABLE other.forged (LIKE public.proof_artifacts INCLUDING ALL);"
        " ALTER TABLE other.forged INHERIT public.proof_artifacts"
    ),
    "DROP TABLE trust.audit_segment_000003",
]
RIGHTS = [
    "GRANT ALL ON public.audit_logs TO {role}",
    "GRANT UPDATE (role) ON public.users TO PUBLIC",
    "GRANT TRIGGER ON public.audit_logs TO trust_app",
    "GRANT CREATE ON SCHEMA public, trust TO PUBLIC",
    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA trust TO PUBLIC",
    "REVOKE INSERT ON public.audit_logs FROM trust_app",
    "REVOKE USAGE ON SEQUENCE trust.audit_logs_id_seq FROM trust_app",
    "REVOKE SELECT ON public.audit_logs FROM trust_reader",
    OWN_DEFAULTS,
    "ALTER DEFAULT PRIVILEGES FOR ROLE trust_guard GRANT ALL ON TABLES TO PUBLIC",
]
SCHEMAS = [
    "ALTER SCHEMA trust RENAME TO other",
    "ALTER SCHEMA trust OWNER TO {role}",
    "ALTER SCHEMA public OWNER TO {role}",
    "DROP SCHEMA trust CASCADE",
    "DROP SCHEMA public CASCADE",
    "DROP OWNED BY trust_guard CASCADE",
    "DROP OWNED BY trust_app",
    "DROP EXTENSION plpgsql CASCADE",
    "CREATE SEQUENCE trust.other",
    "ALTER SEQUENCE trust.audit_logs_id_seq MAXVALUE 10 START 1",
    "ALTER SEQUENCE trust.audit_logs_id_seq CYCLE",
    "ALTER SEQUENCE trust.audit_logs_id_seq OWNER TO {role}",
    "DROP SEQUENCE trust.audit_logs_id_seq CASCADE",
    "CREATE STATISTICS trust.other ON id, title FROM public.labs",
    "CREATE TYPE public.other AS ENUM ('a')",
    "CREATE DOMAIN public.other AS text CHECK (false)",
]
THE_LOCK = [
    "ALTER TABLE trust.schema_lock RENAME TO other",
    "ALTER TABLE trust.schema_lock DISABLE TRIGGER ALL",
    "ALTER TABLE trust.schema_lock OWNER TO {role}",
    "DROP TABLE trust.schema_lock CASCADE",
    "DROP TABLE trust.schema_lock_baseline",
    "ALTER TABLE trust.schema_lock_baseline DROP COLUMN definition",
    "DROP TABLE trust.schema_lock_passes",
    "ALTER TABLE public.schema_lock_overrides DISABLE TRIGGER t10_state",
    "ALTER TABLE public.schema_lock_overrides DROP CONSTRAINT schema_lock_overrides_four_eyes_ck",
    "ALTER TABLE public.aerich DISABLE TRIGGER t10_lock",
    "DROP FUNCTION trust.schema_catalogue()",
    "ALTER FUNCTION trust.schema_catalogue() RENAME TO other",
    (
        "CREATE OR REPLACE FUNCTION trust.schema_catalogue() RETURNS TABLE (kind text, name text, definition text)"
        " LANGUAGE sql AS 'SELECT kind, name, definition FROM trust.schema_lock_baseline'"
    ),
    f"CREATE OR REPLACE FUNCTION trust.refuse_schema_change() {BLIND}",
    f"CREATE OR REPLACE FUNCTION trust.refuse_lock_change() {BLIND}",
    f"CREATE OR REPLACE FUNCTION trust.refuse_drop() {BLIND}",
    "DROP FUNCTION trust.refuse_schema_change() CASCADE",
    "ALTER FUNCTION trust.refuse_schema_change() OWNER TO {role}",
    "CREATE OR REPLACE FUNCTION trust.check_lock_approver(requester text) RETURNS void LANGUAGE sql AS ''",
    "GRANT EXECUTE ON FUNCTION trust.open_lock_pass(), trust.close_lock_pass(jsonb, text) TO {role}",
    "INSERT INTO trust.schema_lock_passes VALUES (pg_current_xact_id())",
    "DELETE FROM trust.schema_lock",
    "UPDATE trust.schema_lock SET engaged_by = 'nobody'",
    "TRUNCATE trust.schema_lock_baseline",
]
STATEMENTS = [
    *TABLES,
    *COLUMNS,
    *TRIGGERS,
    *FUNCTIONS,
    *CONSTRAINTS,
    *RULES_AND_POLICIES,
    *PARTITIONS,
    *RIGHTS,
    *SCHEMAS,
    *THE_LOCK,
]
each_statement = pytest.mark.parametrize("statement", STATEMENTS)


@dataclass(frozen=True)
class Attacker:
    """Somebody who is connected to a locked database."""

    connection: asyncpg.Connection
    role: str
    locked: Catalogue


ORDINARY = {
    "the-migrating-role": ("owner", "SELECT 1"),
    "as-trust_owner": ("owner", "SET LOCAL ROLE trust_owner"),
    "trust_app": ("app", "SELECT 1"),
    "trust_archiver": ("archiver", "SELECT 1"),
    "trust_approver": ("approver", "SELECT 1"),
    "trust_reader": ("reader", "SELECT 1"),
}
SUPERUSERS = {
    "a-superuser": ("admin", "SELECT 1"),
    "a-superuser-in-replica-mode": ("admin", "SET LOCAL session_replication_role = replica"),
}


@pytest.fixture(scope="module")
async def attackers(
    cluster: Cluster, watched: str, owned: str
) -> AsyncIterator[Mapping[tuple[str, str], asyncpg.Connection]]:
    """A connection to either database for each login."""
    logins = {login for login, _ in (ORDINARY | SUPERUSERS).values()}
    opened = {
        (lock, login): await connect(cluster.url(login, name))
        for lock, name in (("watched", watched), ("owned", owned))
        for login in sorted(logins)
    }
    yield opened
    for connection in opened.values():
        await connection.close()


async def refusal(connection: asyncpg.Connection, preparation: str, statement: str) -> asyncpg.PostgresError | None:
    """Try a statement and undo it; None when nothing refused it, which must then have changed nothing."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        before = await snapshot(connection)
        await connection.execute(preparation)
        role = await connection.fetchval("SELECT quote_ident(current_user)")
        await connection.execute(statement.format(role=role))
        if statement == OWN_DEFAULTS and await connection.fetchval(
            "SELECT NOT has_schema_privilege('public', 'CREATE')"
        ):
            return None
        assert_same(before, await snapshot(connection), after=statement)
    except asyncpg.PostgresError as error:
        return error
    finally:
        await transaction.rollback()
    return None


@each_statement
@pytest.mark.parametrize("who", ORDINARY)
@pytest.mark.parametrize("lock", ["owned", "watched"])
async def test_no_role_of_ours_changes_anything(
    attackers: Mapping[tuple[str, str], asyncpg.Connection], lock: str, who: str, statement: str
) -> None:
    login, preparation = ORDINARY[who]
    error = await refusal(attackers[lock, login], preparation, statement)
    if error is None:
        # Without the right to grant, PostgreSQL warns that it has done nothing.
        assert statement.startswith(("GRANT", "REVOKE", OWN_DEFAULTS))
    elif error.sqlstate == "42T01":
        assert lock == "watched"
        assert_rule(error, "42T01", "schema_lock_engaged")
    elif error.sqlstate == "42883":
        # Without event triggers there are no functions of theirs.
        assert (lock, "trust.refuse_schema_change()" in statement) == ("owned", True)
    else:
        assert error.sqlstate == "42501", error


@each_statement
@pytest.mark.parametrize("who", SUPERUSERS)
async def test_event_triggers_hold_a_superuser(
    attackers: Mapping[tuple[str, str], asyncpg.Connection], who: str, statement: str
) -> None:
    login, preparation = SUPERUSERS[who]
    error = await refusal(attackers["watched", login], preparation, statement)
    rule = "schema_lock_direct" if statement in THE_LOCK[-4:] else "schema_lock_engaged"
    assert_rule(error, "42T01", rule)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TEMPORARY TABLE other (id integer)",
        "CREATE SCHEMA other CREATE TABLE other (id integer)",
        "REINDEX TABLE public.users",
        "COMMENT ON TABLE public.users IS 'people'",
        "CREATE ROLE other_of_a_test",
        "ANALYZE public.users",
    ],
)
async def test_a_superuser_goes_on_with_what_is_not_the_schema(
    attackers: Mapping[tuple[str, str], asyncpg.Connection], statement: str
) -> None:
    assert await refusal(attackers["watched", "admin"], "SELECT 1", statement) is None


@pytest.mark.parametrize("role", ["owner", "app"])
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER DATABASE {database} RENAME TO other",
        "ALTER DATABASE {database} OWNER TO {role}",
        "ALTER DATABASE {database} SET session_replication_role = replica",
        "ALTER DATABASE {database} SET search_path = other",
        "CREATE SCHEMA other",
        "CREATE TEMPORARY TABLE audit_logs ()",
        "REASSIGN OWNED BY trust_guard TO {role}",
        "SET ROLE trust_guard",
        "GRANT trust_guard TO {role}",
        "DROP DATABASE {database}",
    ],
)
async def test_the_database_is_not_the_former_owner_s_any_more(
    attackers: Mapping[tuple[str, str], asyncpg.Connection], owned: str, role: str, statement: str
) -> None:
    connection = attackers["owned", role]
    user = await connection.fetchval("SELECT quote_ident(current_user)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement.format(database=owned, role=user))


async def test_the_former_owner_keeps_the_way_in_and_reads_no_record(
    attackers: Mapping[tuple[str, str], asyncpg.Connection], owned: str
) -> None:
    held = "SELECT array_agg(right_of) FROM unnest(ARRAY['CONNECT', 'CREATE', 'TEMPORARY']) AS right_of"
    held += " WHERE has_database_privilege($1, right_of)"
    await attackers["owned", "owner"].execute(f"GRANT ALL ON DATABASE {owned} TO CURRENT_USER")  # warns
    assert await attackers["owned", "owner"].fetchval(held, owned) == ["CONNECT"]
    for statement in ("SELECT id FROM users", "SELECT id FROM audit_logs", "DELETE FROM lessons"):
        assert (await refusal(attackers["owned", "owner"], "SELECT 1", statement)).sqlstate == "42501"  # type: ignore[union-attr]
