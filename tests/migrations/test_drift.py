"""Whatever is changed in a live schema is told as drift, and nothing else is."""

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster
from tests.fixtures.drifts import told
from trust_models.db.schema_head import packaged
from trust_models.errors import SchemaMismatch
from trust_models.schema.catalogue import Key, compare, snapshot
from trust_models.schema.drift import drift

DRIFTS = {
    "ALTER TABLE public.users DISABLE TRIGGER t80_touch": ["disabled trigger public.users.t80_touch"],
    "ALTER TABLE public.users ENABLE TRIGGER t80_touch": ["disabled trigger public.users.t80_touch"],
    "ALTER TABLE public.users ENABLE REPLICA TRIGGER t80_touch": ["disabled trigger public.users.t80_touch"],
    "DROP TRIGGER t80_touch ON public.users": ["missing trigger public.users.t80_touch"],
    "CREATE TRIGGER t00_skip BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION trust.touch()": [
        "unknown trigger public.users.t00_skip"
    ],
    "ALTER TABLE public.subscriptions DISABLE TRIGGER ALL": [
        "disabled constraint public.subscriptions.subscriptions_user_id_fkey",
        "disabled trigger public.subscriptions.t80_touch",
        "disabled trigger public.subscriptions.t90_capture",
        "disabled trigger public.subscriptions.t90_capture_truncate",
    ],
    "DROP TRIGGER t10_immutable_truncate ON trust.audit_segment_000001": [
        "missing trigger trust.audit_segment_000001.t10_immutable_truncate"
    ],
    "CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger LANGUAGE plpgsql"
    " SET search_path = pg_catalog, pg_temp AS 'BEGIN RETURN NEW; END'": ["changed function trust.refuse_mutation()"],
    "ALTER FUNCTION trust.touch() RESET search_path": ["changed function trust.touch()"],
    "ALTER FUNCTION trust.touch() SECURITY DEFINER": ["changed function trust.touch()"],
    "ALTER FUNCTION trust.touch() OWNER TO trust_guard": [
        "missing grant function trust.touch() to <owner>",
        "unknown grant function trust.touch() to trust_guard",
        "changed owner function trust.touch()",
    ],
    "CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql RETURN ''": [
        "unknown function public.lower(text)",
        "unknown grant function public.lower(text) to PUBLIC",
        "unknown grant function public.lower(text) to postgres",
        "unknown owner function public.lower(text)",
    ],
    "GRANT UPDATE ON public.lesson_versions TO trust_app": ["changed grant table public.lesson_versions to trust_app"],
    "GRANT UPDATE (role) ON public.users TO trust_reader": ["changed grant table public.users to trust_reader"],
    "GRANT SELECT ON public.users TO trust_reader WITH GRANT OPTION": [
        "changed grant table public.users to trust_reader"
    ],
    "REVOKE SELECT ON public.labs FROM trust_reader": ["missing grant table public.labs to trust_reader"],
    "GRANT SELECT ON public.aerich TO PUBLIC": ["unknown grant table public.aerich to PUBLIC"],
    "GRANT EXECUTE ON FUNCTION trust.touch() TO trust_app": ["unknown grant function trust.touch() to trust_app"],
    "GRANT UPDATE ON SEQUENCE trust.audit_logs_id_seq TO trust_app": [
        "changed grant sequence trust.audit_logs_id_seq to trust_app"
    ],
    "GRANT CREATE ON SCHEMA trust TO trust_app": ["unknown grant schema trust to trust_app"],
    "ALTER SCHEMA trust OWNER TO trust_guard": [
        "missing grant schema trust to <owner>",
        "unknown grant schema trust to trust_guard",
        "changed owner schema trust",
    ],
    "GRANT CREATE ON SCHEMA public TO PUBLIC": ["changed grant schema public to PUBLIC"],
    "GRANT CREATE ON SCHEMA public TO trust_app": ["changed grant schema public to trust_app"],
    "REVOKE USAGE ON SCHEMA public FROM PUBLIC, trust_app": ["missing grant schema public to trust_app"],
    "GRANT USAGE ON SCHEMA public TO pg_monitor": ["unknown grant schema public to pg_monitor"],
    "CREATE STATISTICS trust.told ON id, title FROM public.labs": ["unknown statistics public.labs.told"],
    "ALTER TABLE public.users ALTER display_name TYPE text": ["changed column public.users.display_name"],
    'ALTER TABLE public.users ALTER display_name TYPE varchar(200) COLLATE "C"': [
        "changed column public.users.display_name"
    ],
    "ALTER TABLE public.labs ALTER title DROP NOT NULL": ["changed column public.labs.title"],
    "ALTER TABLE public.users ALTER role SET DEFAULT 'ADMIN'": ["changed column public.users.role"],
    "ALTER TABLE public.labs ADD priority integer GENERATED ALWAYS AS IDENTITY": [
        "unknown column public.labs.priority",
        "unknown grant sequence public.labs_priority_seq to <owner>",
        "unknown owner sequence public.labs_priority_seq",
        "unknown sequence public.labs_priority_seq",
    ],
    "ALTER TABLE public.labs DROP CONSTRAINT labs_title_ck": ["missing constraint public.labs.labs_title_ck"],
    "ALTER TABLE public.labs DROP CONSTRAINT labs_title_ck,"
    " ADD CONSTRAINT labs_title_ck CHECK (title <> '') NOT VALID": ["disabled constraint public.labs.labs_title_ck"],
    "ALTER TABLE public.labs DROP CONSTRAINT labs_estimated_minutes_ck,"
    " ADD CONSTRAINT labs_estimated_minutes_ck CHECK (estimated_minutes >= 0)": [
        "changed constraint public.labs.labs_estimated_minutes_ck"
    ],
    "DROP INDEX public.lab_sessions_user_id_idx": ["missing index public.lab_sessions.lab_sessions_user_id_idx"],
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.users_email_key'::regclass": [
        "disabled index public.users.users_email_key"
    ],
    "ALTER SEQUENCE trust.audit_logs_id_seq INCREMENT 2": ["changed sequence trust.audit_logs_id_seq"],
    "ALTER TABLE public.feature_flags SET UNLOGGED": ["changed table public.feature_flags"],
    "ALTER TABLE public.users ENABLE ROW LEVEL SECURITY": ["changed table public.users"],
    "ALTER TABLE public.users REPLICA IDENTITY FULL": ["changed table public.users"],
    "ALTER TABLE public.users SET (fillfactor = 50)": ["changed table public.users"],
    "CREATE POLICY hide ON public.users TO trust_app USING (false)": ["unknown policy public.users.hide"],
    "CREATE RULE ignore AS ON DELETE TO public.users DO INSTEAD NOTHING": ["unknown rule public.users.ignore"],
    "CREATE VIEW trust.people AS SELECT id FROM public.users": [
        "unknown grant view trust.people to postgres",
        "unknown owner view trust.people",
        "unknown view trust.people",
    ],
    "CREATE TABLE public.stray (id integer)": [
        "unknown column public.stray.id",
        "unknown grant table public.stray to postgres",
        "unknown owner table public.stray",
        "unknown table public.stray",
    ],
    "CREATE DOMAIN trust.slug AS text CHECK (VALUE <> '')": [
        "unknown grant type trust.slug to PUBLIC",
        "unknown grant type trust.slug to postgres",
        "unknown owner type trust.slug",
        "unknown type trust.slug",
    ],
    "CREATE AGGREGATE trust.total(integer) (SFUNC = int4pl, STYPE = integer)": [
        "unknown function trust.total(integer)",
        "unknown grant function trust.total(integer) to PUBLIC",
        "unknown grant function trust.total(integer) to postgres",
        "unknown owner function trust.total(integer)",
    ],
    "INSERT INTO public.users (email, auth_provider) VALUES ('someone@example.org', 'EMAIL')": [],
    "ALTER TABLE public.users DROP COLUMN display_name, ADD COLUMN display_name varchar(200)": [
        "changed grant table public.users to trust_app"
    ],
    "CREATE SCHEMA elsewhere CREATE TABLE stray (id integer)": [],
    "CREATE TEMPORARY TABLE users (id integer)": [],
    "ALTER DEFAULT PRIVILEGES FOR ROLE trust_owner IN SCHEMA trust GRANT SELECT ON TABLES TO PUBLIC": [],
    "ALTER SCHEMA public OWNER TO trust_owner": [],
    "REVOKE USAGE ON SCHEMA public FROM PUBLIC": [],
    "REVOKE USAGE ON SCHEMA public FROM trust_app, trust_reader": [],
    "SELECT trust.ensure_audit_segments(9)": [],
}


@pytest.mark.parametrize(("statement", "expected"), DRIFTS.items(), ids=DRIFTS.keys())
async def test_a_change_is_found(admin: asyncpg.Connection, statement: str, expected: list[str]) -> None:
    async with admin.transaction():
        await admin.execute(statement)
        found = await drift(admin)
    superuser = await admin.fetchval("SELECT quote_ident(current_user)")
    assert told(found) == [text.replace("to postgres", f"to {superuser}") for text in expected]


@pytest.mark.parametrize("role", ["admin", "owner", "app", "reader", "archiver"])
async def test_any_role_finds_that_a_new_database_has_no_drift(cluster: Cluster, database: str, role: str) -> None:
    async with connected(cluster.url(role, database)) as connection:
        found = await drift(connection)
    assert (found.differences, found.refused, found.acceptance) == ([], [], None)
    assert found.applied == tuple(packaged())
    assert found.actual_fingerprint == found.expected_fingerprint


async def test_an_empty_database_has_no_drift(cluster: Cluster) -> None:
    async with cluster.empty() as name, connected(cluster.url("owner", name)) as owner:
        await owner.execute("CREATE TABLE public.stray (id integer)")
        found = await drift(owner)
    assert (found.applied, found.differences) == ((), [])


async def test_tables_without_a_record_of_what_made_them_are_no_empty_database(owner: asyncpg.Connection) -> None:
    await owner.execute("DELETE FROM public.aerich")
    with pytest.raises(SchemaMismatch, match="no record of the migrations that made them"):
        await drift(owner)


async def test_the_fingerprint_tells_what_is_and_not_how_many_segments_there_are(admin: asyncpg.Connection) -> None:
    before = await drift(admin)
    await admin.execute("SELECT trust.ensure_audit_segments(9)")
    assert (await drift(admin)).actual_fingerprint == before.actual_fingerprint
    await admin.execute("ALTER TABLE public.users DISABLE TRIGGER t80_touch")
    after = await drift(admin)
    assert after.actual_fingerprint != before.actual_fingerprint
    assert after.expected_fingerprint == before.expected_fingerprint


async def test_a_trigger_that_fires_more_often_is_changed_and_not_disabled(admin: asyncpg.Connection) -> None:
    await admin.execute("ALTER TABLE public.users DISABLE TRIGGER t80_touch")
    before = await snapshot(admin)
    await admin.execute("ALTER TABLE public.users ENABLE TRIGGER t80_touch")
    (found,) = compare(before, await snapshot(admin))
    assert (found.change, found.diff.splitlines()[-1]) == ("changed", "-DISABLED")


async def test_default_privileges_are_in_the_catalogue(admin: asyncpg.Connection) -> None:
    before = await snapshot(admin)
    await admin.execute("ALTER DEFAULT PRIVILEGES IN SCHEMA trust GRANT SELECT ON TABLES TO trust_app")
    (found,) = compare(before, await snapshot(admin))
    assert found.key.kind == "grant"
    assert found.key.name.startswith('every new "r" of ')


async def test_without_its_function_the_owner_still_learns_what_is_applied(owner: asyncpg.Connection) -> None:
    await owner.execute("DROP FUNCTION trust.applied_migrations()")
    found = await drift(owner)
    assert found.applied == tuple(packaged())
    assert told(found)[0] == "missing function trust.applied_migrations()"


@pytest.mark.parametrize(
    ("key", "subject"),
    [
        (Key("table", "public.users"), "public.users"),
        (Key("column", "public.users.email"), "public.users"),
        (Key("column", 'public."a.b"."c ""d"".e"'), 'public."a.b"'),
        (Key("owner", "function trust.next_number(text, uuid)"), "trust.next_number(text, uuid)"),
        (Key("grant", "function trust.next_number(text, uuid) to trust_app"), "trust.next_number(text, uuid)"),
        (Key("grant", 'table public."a to b" to "c to d"'), 'public."a to b"'),
    ],
    ids=str,
)
def test_a_key_tells_what_it_belongs_to(key: Key, subject: str) -> None:
    assert key.subject == subject
    assert Key.parse(str(key)) == key
