"""No append-only table, partition, foreign key or function is without its protection: found by walking the catalogue.

Each walk is tried on the schema as it is, and on one in which somebody has made a hole.
"""

# ruff: noqa: S608 - the names in statements are those of this file

import asyncpg
import pytest

from tests.fixtures import function_bodies, guards, records
from tests.fixtures.guards import Walk

WALKS = (
    guards.missing_guards,
    guards.missing_assignments,
    guards.reaching_keys,
    guards.sleeping_triggers,
    guards.unrecorded_tables,
    function_bodies.functions_that_search,
    function_bodies.names_without_a_schema,
    function_bodies.guards_that_ask,
    function_bodies.guards_that_choose,
)

NO_GUARD = """
    DROP TRIGGER t10_immutable ON proof_artifacts; DROP TRIGGER t10_immutable_statement ON proof_artifacts;
    DROP TRIGGER t10_immutable_truncate ON proof_artifacts"""
KEY = "REFERENCES lab_versions (id) ON DELETE"
TRAP = "CREATE FUNCTION trust.trap() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$"

HOLES: dict[str, tuple[Walk, str, str]] = {
    "a capture that is missing": (
        guards.unrecorded_tables,
        "DROP TRIGGER t90_capture_truncate ON labs",
        "labs does not record TRUNCATE",
    ),
    "a capture that replicas skip": (
        guards.unrecorded_tables,
        "ALTER TABLE lab_sessions ENABLE TRIGGER t90_capture",
        "lab_sessions does not record changes of rows",
    ),
    "a capture with a condition": (
        guards.unrecorded_tables,
        """
            CREATE OR REPLACE TRIGGER t90_capture AFTER INSERT OR UPDATE OR DELETE ON users
            FOR EACH ROW WHEN (false) EXECUTE FUNCTION trust.capture_users();
            ALTER TABLE users ENABLE ALWAYS TRIGGER t90_capture""",
        "users does not record changes of rows",
    ),
    "a guard that is missing": (
        guards.missing_guards,
        "DROP TRIGGER t10_immutable_truncate ON lesson_versions",
        "lesson_versions lacks a guard against TRUNCATE",
    ),
    "a guard that is switched off": (
        guards.missing_guards,
        "ALTER TABLE lab_versions DISABLE TRIGGER t10_immutable_statement",
        "lab_versions lacks a guard against UPDATE or DELETE",
    ),
    "a guard that replicas skip": (
        guards.missing_guards,
        "ALTER TABLE lab_versions ENABLE TRIGGER t10_immutable",
        "lab_versions lacks a guard against UPDATE or DELETE of a row",
    ),
    "a guard with a condition": (
        guards.missing_guards,
        """
            CREATE OR REPLACE TRIGGER t10_immutable BEFORE UPDATE OR DELETE ON lab_versions
            FOR EACH ROW WHEN (false) EXECUTE FUNCTION trust.refuse_mutation()""",
        "lab_versions lacks a guard against UPDATE or DELETE of a row",
    ),
    "a guard of one column": (
        guards.missing_guards,
        """
            CREATE OR REPLACE TRIGGER t10_immutable BEFORE UPDATE OF id OR DELETE ON lab_versions
            FOR EACH ROW EXECUTE FUNCTION trust.refuse_mutation()""",
        "lab_versions lacks a guard against UPDATE or DELETE of a row",
    ),
    "a table of an append-only model without any guard": (
        guards.missing_guards,
        NO_GUARD,
        "proof_artifacts lacks a guard against TRUNCATE",
    ),
    "a table that may only be inserted into": (
        guards.missing_guards,
        """
            CREATE TABLE trust.notes (id uuid, updated_at timestamptz);
            GRANT SELECT, INSERT (id) ON trust.notes TO trust_app""",
        "trust.notes lacks a guard against UPDATE or DELETE",
    ),
    "a table without a time of change": (
        guards.missing_guards,
        "CREATE TABLE public.receipts (id uuid, created_at timestamptz)",
        "receipts lacks a guard against UPDATE or DELETE",
    ),
    "a table whose time of change is that of its beginning": (
        guards.missing_guards,
        """
            CREATE TABLE public.receipts (
              created_at timestamptz, updated_at timestamptz GENERATED ALWAYS AS (created_at)
            STORED)""",
        "receipts lacks a guard against TRUNCATE",
    ),
    "a partition that was made by hand": (
        guards.missing_guards,
        "CREATE TABLE public.by_hand PARTITION OF audit_logs FOR VALUES FROM (900000000) TO (900000100)",
        "by_hand lacks a guard against TRUNCATE",
    ),
    "a partition whose guard goes with DETACH": (
        guards.missing_guards,
        "DROP TRIGGER t10_immutable ON trust.audit_segment_000002",
        "trust.audit_segment_000002 lacks a guard against UPDATE or DELETE of a row",
    ),
    "a segment that was detached": (
        guards.missing_guards,
        """
            ALTER TABLE audit_logs DETACH PARTITION trust.audit_segment_000002;
            DROP TRIGGER t10_immutable_truncate ON trust.audit_segment_000002""",
        "trust.audit_segment_000002 lacks a guard against TRUNCATE",
    ),
    "a child table": (
        guards.missing_guards,
        "CREATE TABLE public.more () INHERITS (lab_versions)",
        "more lacks a guard against UPDATE or DELETE of a row",
    ),
    "a child table that takes what a writer says": (
        guards.missing_assignments,
        "CREATE TABLE public.more () INHERITS (lab_versions)",
        "more lets writers say what the database owns",
    ),
    "a segment that was attached by hand": (
        guards.missing_assignments,
        "CREATE TABLE public.by_hand PARTITION OF audit_logs FOR VALUES FROM (900000000) TO (900000100)",
        "by_hand lets writers say what the database owns",
    ),
    "a segment that takes what a writer says": (
        guards.missing_assignments,
        "DROP TRIGGER t20_assign ON trust.audit_segment_000001",
        "trust.audit_segment_000001 lets writers say what the database owns",
    ),
    "a table that takes what a writer says": (
        guards.missing_assignments,
        "ALTER TABLE verification_attempts DISABLE TRIGGER t20_assign",
        "verification_attempts lets writers say what the database owns",
    ),
    "a foreign key from evidence that cascades": (
        guards.reaching_keys,
        """
            ALTER TABLE lab_versions DROP CONSTRAINT lab_versions_lab_id_fkey, ADD CONSTRAINT lab_versions_lab_id_fkey
            FOREIGN KEY (lab_id) REFERENCES labs (id) ON DELETE CASCADE""",
        "lab_versions_lab_id_fkey of lab_versions is more than a reference",
    ),
    "a foreign key from what evidence hangs from": (
        guards.reaching_keys,
        """
            ALTER TABLE lab_sessions DROP CONSTRAINT lab_sessions_user_id_fkey, ADD CONSTRAINT lab_sessions_user_id_fkey
            FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE SET NULL""",
        "lab_sessions_user_id_fkey of lab_sessions is more than a reference",
    ),
    **{
        f"a foreign key to evidence: {action}": (
            guards.reaching_keys,
            f"CREATE TABLE trust.notes (id uuid CONSTRAINT notes_fkey {KEY} {action})",
            "notes_fkey of trust.notes is more than a reference",
        )
        for action in (
            "CASCADE",
            "SET NULL",
            "SET DEFAULT",
            "RESTRICT ON UPDATE CASCADE",
            "RESTRICT ON UPDATE SET NULL",
        )
    },
    "a foreign key that nobody has checked": (
        guards.reaching_keys,
        f"""
            CREATE TABLE trust.notes (id uuid); ALTER TABLE trust.notes ADD CONSTRAINT notes_fkey
            FOREIGN KEY (id) {KEY} RESTRICT NOT VALID""",
        "notes_fkey of trust.notes is more than a reference",
    ),
    "a trigger that replicas skip": (
        guards.sleeping_triggers,
        "ALTER TABLE users ENABLE TRIGGER t80_touch",
        "t80_touch of users can be silent",
    ),
    "a trigger of another schema": (
        guards.sleeping_triggers,
        """
            CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
            CREATE TRIGGER early BEFORE INSERT ON audit_logs FOR EACH ROW EXECUTE FUNCTION public.f();
            ALTER TABLE audit_logs ENABLE ALWAYS TRIGGER early""",
        "early of audit_logs can be silent",
    ),
    "a foreign key that is switched off": (
        guards.sleeping_triggers,
        "ALTER TABLE proof_artifacts DISABLE TRIGGER ALL",
        " of proof_artifacts can be silent",
    ),
    "a function without a path": (
        function_bodies.functions_that_search,
        "ALTER FUNCTION trust.touch() RESET search_path",
        "trust.touch looks where its caller says",
    ),
    "a function that looks into public": (
        function_bodies.functions_that_search,
        "ALTER FUNCTION trust.assign_attempt() SET search_path = public",
        "trust.assign_attempt looks where its caller says",
    ),
    "a bound function with the owner's rights": (
        function_bodies.functions_that_search,
        "CREATE FUNCTION trust.f() RETURNS integer LANGUAGE sql SECURITY DEFINER RETURN 1",
        "trust.f looks where its caller says",
    ),
    "a table without its schema": (
        function_bodies.names_without_a_schema,
        f"{TRAP} BEGIN PERFORM FROM lessons WHERE id = NEW.id; RETURN NEW; END $$",
        "trust.trap names lessons without its schema",
    ),
    "a function without its schema": (
        function_bodies.names_without_a_schema,
        f"{TRAP} BEGIN NEW.id := uuid_v7(); RETURN NEW; END $$",
        "trust.trap names uuid_v7 without its schema",
    ),
    "a built-in function without its schema": (
        function_bodies.names_without_a_schema,
        f"{TRAP} BEGIN NEW.created_at := now(); RETURN NEW; END $$",
        "trust.trap names now without its schema",
    ),
    "a table without its schema in a text": (
        function_bodies.names_without_a_schema,
        f"{TRAP} BEGIN EXECUTE 'DELETE FROM lessons'; RETURN NEW; END $$",
        "trust.trap names lessons without its schema",
    ),
    "a guard with a setting": (
        function_bodies.guards_that_ask,
        """
            CREATE OR REPLACE FUNCTION trust.keep_last_identity() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF pg_catalog.current_setting('trust.off', true) = 'on' THEN RETURN OLD; END IF; END $$""",
        "trust.keep_last_identity asks for current_setting",
    ),
    "a guard with a favourite": (
        function_bodies.guards_that_ask,
        """
            CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF session_user = 'postgres' THEN RETURN OLD; END IF; END $$""",
        "trust.refuse_mutation asks for session_user",
    ),
    "a guard with a choice": (
        function_bodies.guards_that_choose,
        """
            CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF OLD.id IS NULL THEN RETURN OLD; END IF; END $$""",
        "trust.refuse_mutation has IF",
    ),
}


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.__name__)
async def test_the_schema_has_no_hole(owner_trial: asyncpg.Connection, walk: Walk) -> None:
    assert await walk(owner_trial) == []


@pytest.mark.parametrize(("walk", "hole", "found"), HOLES.values(), ids=HOLES)
async def test_a_hole_is_found(admin_trial: asyncpg.Connection, walk: Walk, hole: str, found: str) -> None:
    await admin_trial.execute(hole)
    assert found in "\n".join(await walk(admin_trial))


async def test_no_walk_walks_past_everything(owner_trial: asyncpg.Connection) -> None:
    assert {walk for walk, _, _ in HOLES.values()} == set(WALKS)
    tables = await guards.protected(owner_trial)
    assert {table for table in tables if "." not in table} == set(records.APPEND_ONLY)
    assert len([table for table in tables if table.startswith("trust.audit_segment_")]) >= 4
    assert set(guards.MODELLED) <= set(records.APPEND_ONLY)
