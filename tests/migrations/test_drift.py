"""Whatever is changed in a live schema shows in its catalogue, and nothing else does."""

import asyncpg
import pytest

from trust_models.schema.catalogue import compare, snapshot

DRIFTS = {
    "ALTER TABLE public.users DISABLE TRIGGER t80_touch": ["changed trigger public.users.t80_touch"],
    "ALTER TABLE public.users ENABLE TRIGGER t80_touch": ["changed trigger public.users.t80_touch"],
    "DROP TRIGGER t80_touch ON public.users": ["missing trigger public.users.t80_touch"],
    "CREATE TRIGGER t00_skip BEFORE UPDATE ON public.users FOR EACH ROW EXECUTE FUNCTION trust.touch()": [
        "unknown trigger public.users.t00_skip"
    ],
    "ALTER TABLE public.subscriptions DISABLE TRIGGER ALL": [
        "changed constraint public.subscriptions.subscriptions_user_id_fkey",
        "changed trigger public.subscriptions.t80_touch",
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
    "ALTER DEFAULT PRIVILEGES FOR ROLE trust_owner IN SCHEMA trust GRANT SELECT ON TABLES TO PUBLIC": [
        'unknown grant every new "r" of trust_owner in trust to PUBLIC'
    ],
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
    " ADD CONSTRAINT labs_title_ck CHECK (title <> '') NOT VALID": ["changed constraint public.labs.labs_title_ck"],
    "DROP INDEX public.lab_sessions_user_id_idx": ["missing index public.lab_sessions.lab_sessions_user_id_idx"],
    "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public.users_email_key'::regclass": [
        "changed index public.users.users_email_key"
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
}


@pytest.mark.parametrize(("statement", "expected"), DRIFTS.items(), ids=DRIFTS.keys())
async def test_a_change_is_found(admin: asyncpg.Connection, statement: str, expected: list[str]) -> None:
    before = await snapshot(admin)
    async with admin.transaction():
        await admin.execute(statement)
        differences = compare(before, await snapshot(admin))
    superuser = await admin.fetchval("SELECT quote_ident(current_user)")
    found = [f"{difference.change} {difference.key}" for difference in differences]
    assert found == [text.replace("to postgres", f"to {superuser}") for text in expected]


async def test_a_detached_segment_is_found(admin: asyncpg.Connection) -> None:
    before = await snapshot(admin)
    await admin.execute("ALTER TABLE public.audit_logs DETACH PARTITION trust.audit_segment_000002")
    changes = {str(difference.key): difference for difference in compare(before, await snapshot(admin))}
    assert changes["table trust.audit_segment_000002"].diff == (
        "-CHILD OF public.audit_logs\n-FOR VALUES FROM ('2000000') TO ('3000000')"
    )
    assert changes["trigger trust.audit_segment_000002.t10_immutable_inherited"].change == "missing"
    assert "trigger trust.audit_segment_000002.t10_immutable" not in changes
