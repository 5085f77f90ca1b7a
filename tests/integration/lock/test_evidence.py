"""An override changes the schema, never the evidence, whatever was approved."""

# ruff: noqa: S608 - texts of this test

from collections.abc import AsyncIterator

import pytest

from tests.fixtures import records
from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster
from tests.fixtures.locked import allow, connections, locked_clone
from tests.fixtures.refusals import refused
from trust_models.schema.catalogue import snapshot
from trust_models.sql import load

RUN = "SELECT trust.run_migration($1)"
OFF, ON = (
    f"ALTER TABLE public.verification_attempts {verb} TRIGGER t10_immutable,"
    f" {verb} TRIGGER t10_immutable_statement, {verb} TRIGGER t10_immutable_truncate; "
    for verb in ("DISABLE", "ENABLE ALWAYS")
)
SILENT = "RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NULL; END'"

REFUSED = {
    "a guard that is disabled": (OFF, "schema_lock_evidence"),
    "a guard that is not always on": (
        "ALTER TABLE public.verification_attempts ENABLE TRIGGER t10_immutable",
        "schema_lock_evidence",
    ),
    "a guard that is dropped": (
        "DROP TRIGGER t10_immutable_truncate ON public.verification_attempts",
        "schema_lock_evidence",
    ),
    "a guard with a condition": (
        (
            "CREATE OR REPLACE TRIGGER t10_immutable BEFORE UPDATE OR DELETE ON public.lab_versions FOR EACH ROW"
            " WHEN (false) EXECUTE FUNCTION trust.refuse_mutation();"
            " ALTER TABLE public.lab_versions ENABLE ALWAYS TRIGGER t10_immutable"
        ),
        "schema_lock_evidence",
    ),
    "a guard that lets through": (
        f"CREATE OR REPLACE FUNCTION trust.refuse_mutation() {SILENT}",
        "schema_lock_guard",
    ),
    "an update behind the guard": (
        OFF + "UPDATE public.verification_attempts SET result = 'FAIL'; " + ON,
        "schema_lock_evidence",
    ),
    "a deletion behind the guard": (
        (
            "ALTER TABLE public.proof_artifacts DISABLE TRIGGER USER; DELETE FROM public.proof_artifacts;"
            " ALTER TABLE public.proof_artifacts ENABLE ALWAYS TRIGGER t10_immutable, ENABLE ALWAYS TRIGGER"
            " t10_immutable_statement, ENABLE ALWAYS TRIGGER t10_immutable_truncate, ENABLE ALWAYS TRIGGER t20_assign"
        ),
        "schema_lock_evidence",
    ),
    "a forged record": (
        (
            "ALTER TABLE public.lesson_versions DISABLE TRIGGER t20_assign; INSERT INTO public.lesson_versions"
            " (lesson_id, version, content, content_sha256) SELECT id, 9, '{}', repeat('0', 64) FROM public.lessons;"
            " ALTER TABLE public.lesson_versions ENABLE ALWAYS TRIGGER t20_assign"
        ),
        "schema_lock_evidence",
    ),
    "a rewritten table": (
        "ALTER TABLE public.verification_attempts ALTER COLUMN result TYPE varchar(16) USING 'FAIL'",
        "schema_lock_evidence",
    ),
    "an emptied table": (
        (
            "ALTER TABLE public.proof_artifacts DISABLE TRIGGER t10_immutable_truncate;"
            " TRUNCATE public.proof_artifacts;"
            " ALTER TABLE public.proof_artifacts ENABLE ALWAYS TRIGGER t10_immutable_truncate"
        ),
        "schema_lock_evidence",
    ),
    "a column that goes": ("ALTER TABLE public.verification_attempts DROP COLUMN logs", "schema_lock_evidence"),
    "a column that goes and comes": (
        "ALTER TABLE public.verification_attempts DROP COLUMN logs, ADD COLUMN logs jsonb NOT NULL DEFAULT '{}'",
        "schema_lock_evidence",
    ),
    "a table that goes": ("DROP TABLE public.proof_artifacts", "schema_lock_evidence"),
    "a table that is swapped": (
        (
            "ALTER TABLE public.proof_artifacts RENAME TO gone; DROP TABLE public.gone;"
            " CREATE TABLE public.proof_artifacts (id uuid); SELECT trust.guard_table('public.proof_artifacts')"
        ),
        "schema_lock_evidence",
    ),
    "a detached segment": (
        "ALTER TABLE public.audit_logs DETACH PARTITION trust.audit_segment_000000",
        "schema_lock_evidence",
    ),
    "a segment without a guard": (
        (
            "CREATE TABLE public.forged (LIKE public.audit_logs INCLUDING ALL);"
            " ALTER TABLE public.audit_logs ATTACH PARTITION public.forged FOR VALUES FROM (90000000) TO (91000000)"
        ),
        "schema_lock_evidence",
    ),
    "a segment that brings rows": (
        (
            "CREATE TABLE public.forged (LIKE public.audit_logs INCLUDING ALL); INSERT INTO public.forged"
            " (id, actor_type, action, outcome, entity_type, context)"
            " VALUES (90000000, 'SYSTEM', 'a.b', 'SUCCESS', 'lab',"
            """ '{"database_role": "x", "database_login": "x"}');"""
            " SELECT trust.guard_table('public.forged');"
            " ALTER TABLE public.audit_logs ATTACH PARTITION public.forged FOR VALUES FROM (90000000) TO (91000000)"
        ),
        "schema_lock_evidence",
    ),
    "an override for the next time": (
        (
            "INSERT INTO public.schema_lock_overrides (migration, sql_sha256, reason, requested_by)"
            " VALUES ('1_x.py', repeat('0', 64), 'x', 'somebody')"
        ),
        "schema_lock_evidence",
    ),
    "the end of the lock": ("DELETE FROM trust.schema_lock", "schema_lock_evidence"),
    "the state of the ledger": ("UPDATE trust.audit_ledger SET sealed_id = 1000000", "schema_lock_evidence"),
    "a tile": (
        "INSERT INTO trust.audit_tiles (level, number, hashes) VALUES (1, 0, decode(repeat('00', 8192), 'hex'))",
        "schema_lock_evidence",
    ),
    "a pass for others": ("INSERT INTO trust.schema_lock_passes VALUES ('1')", "schema_lock_evidence"),
    "another one inside": ("SELECT trust.run_migration('SELECT 1')", "schema_lock_run"),
}

ALLOWED = {
    "a table": "CREATE TABLE public.good (id integer)",
    "a column of evidence": "ALTER TABLE public.verification_attempts ADD COLUMN note text",
    "a new guarded table": "CREATE TABLE public.good (id uuid); SELECT trust.guard_table('public.good')",
    "the guard put on again": "SELECT trust.guard_table('public.lab_versions')",
    "the guard's function as it is": load("functions/refuse_mutation.sql"),
    "a column of another table": "ALTER TABLE public.feature_flags ADD COLUMN note text, DROP COLUMN description",
    "an update of another table": "UPDATE public.lessons SET title = 'Another'",
    "a rewrite of another table": "ALTER TABLE public.labs ALTER COLUMN estimated_minutes TYPE bigint",
    "a segment": "SELECT trust.create_audit_segment()",
    "the lock itself": load("functions/run_migration.sql") + load("functions/close_lock_pass.sql"),
    "a right": "GRANT SELECT ON public.lessons TO trust_archiver",
    "an index": "CREATE INDEX good ON public.proof_artifacts (sha256)",
}


@pytest.fixture(scope="module")
async def stage(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a locked database with records in it."""
    async with locked_clone(cluster) as name:
        async with connected(cluster.url("app", name)) as app:
            await records.proof(app)
            await records.lesson_version(app)
            await records.event(app)
        yield name


@pytest.mark.parametrize(("text", "rule"), REFUSED.values(), ids=REFUSED.keys())
async def test_an_override_does_not_reach_the_evidence(cluster: Cluster, stage: str, text: str, rule: str) -> None:
    await allow(cluster, stage, text)
    async with connected(cluster.url("owner", stage)) as owner:
        before = await snapshot(owner)
        async with refused(owner, "42T01", rule):
            await owner.execute(RUN, text)
        assert await snapshot(owner) == before


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED.keys())
async def test_an_override_changes_the_schema(cluster: Cluster, stage: str, text: str) -> None:
    await allow(cluster, stage, text)
    async with connected(cluster.url("owner", stage)) as owner:
        transaction = owner.transaction()
        await transaction.start()
        await owner.execute(RUN, text)
        live = {(key.kind, key.name, text) for key, text in (await snapshot(owner)).definitions.items()}
        rows = await owner.fetch("SELECT kind, name, definition FROM trust.schema_lock_baseline")
        assert {tuple(row) for row in rows} == live
        await transaction.rollback()


@pytest.mark.parametrize(
    ("text", "sqlstate"),
    [
        ("RESET ROLE", "42501"),
        ("SET ROLE trust_owner", "42501"),
        ("SET SESSION AUTHORIZATION DEFAULT", "42501"),
        ("SET LOCAL session_replication_role = replica", "42501"),
        ("SET LOCAL track_counts = off", "42501"),
        ("ALTER TABLE public.users OWNER TO trust_owner", "42501"),
        ("ALTER EVENT TRIGGER trust_lock_change DISABLE", "42501"),
        ("COMMIT", "0A000"),
    ],
)
async def test_a_text_has_no_more_rights_than_the_guard(cluster: Cluster, stage: str, text: str, sqlstate: str) -> None:
    await allow(cluster, stage, text)
    async with connected(cluster.url("owner", stage)) as owner, refused(owner, sqlstate):
        await owner.execute(RUN, text)


async def test_what_was_not_as_it_was_locked_is_neither_forgotten_nor_made_good(cluster: Cluster) -> None:
    """What a superuser did past the event triggers stays visible, and no override makes it the baseline."""
    async with (
        locked_clone(cluster, event_triggers=False) as name,
        connections(cluster, name, "admin", "owner") as both,
    ):
        admin, owner = both
        await admin.execute("GRANT DELETE ON users TO trust_app; CREATE INDEX stray ON labs (title)")
        elsewhere, near = (
            "CREATE TABLE public.good (id integer)",
            "GRANT UPDATE (auth_provider) ON users TO trust_app",
        )
        mending = "REVOKE DELETE ON users FROM trust_app; DROP INDEX stray"
        for text in (elsewhere, near, mending):
            await allow(cluster, name, text)
        await owner.execute(RUN, elsewhere)
        async with refused(owner, "42T01", "schema_lock_changes"):
            await owner.execute(RUN, near)
        await owner.execute(RUN, mending)
        live = {(key.kind, key.name, text) for key, text in (await snapshot(owner)).definitions.items()}
        rows = await owner.fetch("SELECT kind, name, definition FROM trust.schema_lock_baseline")
        assert {tuple(row) for row in rows} == live
