"""An override: asked for by one person, given by another, good for one text, once, soon."""

# ruff: noqa: S608 - the names in statements are those of the schema

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster
from tests.fixtures.locked import NAME, allow, connections, request, state
from tests.fixtures.processes import happens
from tests.fixtures.refusals import refused
from trust_models.schema.lock.texts import sha256

TEXT = "CREATE TABLE public.good (id integer); INSERT INTO public.good VALUES (1); COMMENT ON TABLE good IS 'good'"
RUN = "SELECT trust.run_migration($1)"
APPROVE = "SELECT trust.approve_override($1, $2, $3::text::interval)"


@pytest.fixture
async def owner(cluster: Cluster, locked: str) -> AsyncIterator[asyncpg.Connection]:
    """Whoever migrates, on the locked database."""
    async with connected(cluster.url("owner", locked)) as connection:
        yield connection


@pytest.fixture
async def approver(cluster: Cluster, locked: str) -> AsyncIterator[asyncpg.Connection]:
    """Whoever approves, on the locked database."""
    async with connected(cluster.url("approver", locked)) as connection:
        yield connection


@pytest.fixture
async def admin(cluster: Cluster, locked: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser, on the locked database."""
    async with connected(cluster.url("admin", locked)) as connection:
        yield connection


@asynccontextmanager
async def login(cluster: Cluster, database: str, name: str, options: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of a login of this test alone."""
    role = f"{cluster.run}_{name}"
    await cluster.admin.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{cluster.password}' {options}")
    try:
        async with connected(cluster.url("owner", database).replace(user=role)) as connection:
            yield connection
    finally:
        await cluster.admin.execute(f"DROP ROLE {role}")


async def test_the_text_runs_as_the_guard_once_and_becomes_the_baseline(
    cluster: Cluster, locked: str, owner: asyncpg.Connection, admin: asyncpg.Connection
) -> None:
    override = await allow(cluster, locked, TEXT)
    await owner.execute("SET search_path = pg_catalog")
    await owner.execute(RUN, TEXT)
    assert await owner.fetchval("SHOW search_path") == "pg_catalog"
    assert await admin.fetchval("SELECT tableowner FROM pg_tables WHERE tablename = 'good'") == "trust_guard"
    assert await admin.fetchval("SELECT count(*) FROM good") == 1
    assert await state(cluster, locked, override) == "used"
    await admin.execute("CREATE TEMPORARY TABLE any_other ()")  # the event triggers agree with what is there
    async with refused(admin, "42T01", "schema_lock_engaged"):
        await admin.execute("ALTER TABLE good ADD COLUMN other integer")
    async with refused(owner, "42T01", "schema_lock_overrides_required"):
        await owner.execute(RUN, TEXT)


async def test_every_step_is_in_the_audit_log(
    cluster: Cluster, locked: str, owner: asyncpg.Connection, admin: asyncpg.Connection
) -> None:
    override = await allow(cluster, locked, TEXT)
    await owner.execute(RUN, TEXT)
    other = await request(owner, "SELECT 1")
    await owner.execute("SELECT trust.revoke_override($1)", other)
    events = await admin.fetch(
        "SELECT actor_type, actor_id, action, entity_type, entity_id FROM audit_logs WHERE action LIKE 'schema_lock%'"
        " AND NOT context ? 'captured' ORDER BY id"
    )
    me, them = cluster.login("owner"), cluster.login("approver")
    superuser = await admin.fetchval("SELECT session_user::text")
    assert [tuple(event) for event in events] == [
        ("SYSTEM", superuser, "schema_lock.engage", "schema_lock", locked),
        ("SYSTEM", me, "schema_lock_override.request", "schema_lock_override", override),
        ("SYSTEM", them, "schema_lock_override.approve", "schema_lock_override", override),
        ("SYSTEM", me, "schema_lock_override.use", "schema_lock_override", override),
        ("SYSTEM", me, "schema_lock_override.request", "schema_lock_override", other),
        ("SYSTEM", me, "schema_lock_override.revoke", "schema_lock_override", other),
    ]
    metadata = await admin.fetchval("SELECT metadata::text FROM audit_logs WHERE action LIKE '%.use'")
    assert NAME in metadata
    assert sha256(TEXT) in metadata


async def test_every_step_is_captured_once(
    cluster: Cluster, locked: str, owner: asyncpg.Connection, admin: asyncpg.Connection
) -> None:
    used = await allow(cluster, locked, TEXT)
    await owner.execute(RUN, TEXT)
    revoked = await request(owner, "SELECT 1")
    await owner.execute("SELECT trust.revoke_override($1)", revoked)
    captured = await admin.fetch(
        "SELECT action, entity_id, ARRAY(SELECT jsonb_object_keys(metadata -> 'before') ORDER BY 1) AS changed"
        " FROM audit_logs WHERE context ? 'captured' ORDER BY id"
    )
    assert [tuple(event) for event in captured] == [
        ("schema_lock_override.inserted", used, []),
        ("schema_lock_override.updated", used, ["approved_at", "approved_by", "expires_at"]),
        ("schema_lock_override.updated", used, ["used_at", "used_tx"]),
        ("schema_lock_override.inserted", revoked, []),
        ("schema_lock_override.updated", revoked, ["revoked_at", "revoked_by"]),
    ]


async def test_each_step_moves_updated_at(owner: asyncpg.Connection, approver: asyncpg.Connection) -> None:
    override = await request(owner, TEXT)
    select = "SELECT id::text, created_at, updated_at FROM schema_lock_overrides WHERE id = $1"
    asked = await owner.fetchrow(select, override)
    await approver.execute(APPROVE, override, sha256(TEXT), "1 hour")
    approved = await owner.fetchrow(select, override)
    assert asked is not None
    assert approved is not None
    assert asked["id"][14] == "7"
    assert asked["created_at"] == asked["updated_at"] == approved["created_at"] < approved["updated_at"]


# Who


async def test_who_asked_does_not_approve(cluster: Cluster, locked: str) -> None:
    async with login(cluster, locked, "both", "IN ROLE trust_owner, trust_approver") as both:
        override = await request(both, TEXT)
        async with refused(both, "23T03", "schema_lock_overrides_approver"):
            await both.execute(APPROVE, override, sha256(TEXT), "1 hour")


@pytest.mark.parametrize("options", ["IN ROLE trust_owner, trust_approver", "IN ROLE trust_approver CREATEROLE"])
async def test_who_may_migrate_or_give_himself_that_right_does_not_approve(
    cluster: Cluster, locked: str, owner: asyncpg.Connection, options: str
) -> None:
    override = await request(owner, TEXT)
    async with (
        login(cluster, locked, "mighty", options) as mighty,
        refused(mighty, "23T03", "schema_lock_overrides_approver"),
    ):
        await mighty.execute(APPROVE, override, sha256(TEXT), "1 hour")


async def test_a_superuser_is_told_to_use_an_approver_s_login(
    owner: asyncpg.Connection, admin: asyncpg.Connection
) -> None:
    override = await request(owner, TEXT)
    for preparation in ("SELECT 1", "SET LOCAL ROLE trust_approver", "SET LOCAL session_replication_role = replica"):
        async with refused(admin, "23T03", "schema_lock_overrides_approver"):
            await admin.execute(preparation)
            await admin.execute(APPROVE, override, sha256(TEXT), "1 hour")
    async with refused(admin, "23T03", "schema_lock_overrides_approver"):
        await admin.execute(
            "UPDATE schema_lock_overrides SET approved_by = 'somebody', approved_at = now(),"
            " expires_at = now() + interval '1 hour'"
        )


@pytest.mark.parametrize("role", ["app", "reader", "archiver", "approver"])
@pytest.mark.parametrize(
    "call", ["request_override('99_x.py', repeat('0', 64), 'x')", "run_migration('SELECT 1')", "open_lock_pass()"]
)
async def test_nobody_else_asks_or_runs(cluster: Cluster, watched: str, role: str, call: str) -> None:
    async with connected(cluster.url(role, watched)) as connection, refused(connection, "42501"):
        await connection.execute(f"SELECT trust.{call}")


@pytest.mark.parametrize("role", ["owner", "app", "reader", "archiver"])
@pytest.mark.parametrize("call", ["approve_override(NULL, NULL)", "release_schema_lock('x')", "use_override('x')"])
async def test_nobody_but_an_approver_approves_and_nobody_calls_what_is_inside(
    cluster: Cluster, watched: str, role: str, call: str
) -> None:
    async with connected(cluster.url(role, watched)) as connection, refused(connection, "42501"):
        await connection.execute(f"SELECT trust.{call}")


# What, when and how often


@pytest.mark.parametrize("other", [TEXT + " ", TEXT.replace("1", "2"), TEXT.lower(), "", None])
async def test_another_text_is_not_run(
    cluster: Cluster, locked: str, owner: asyncpg.Connection, other: str | None
) -> None:
    override = await allow(cluster, locked, TEXT)
    async with refused(owner, "42T01", "schema_lock_overrides_required"):
        await owner.execute(RUN, other)
    assert await state(cluster, locked, override) == "approved"


@pytest.mark.parametrize(
    ("hash_read", "valid_for", "rule"),
    [
        ("0" * 64, "1 hour", "sha256"),
        (None, "1 hour", "sha256"),
        (sha256(TEXT), "24 hours 1 second", "expires_at"),
        (sha256(TEXT), "0", "expires_at"),
        (sha256(TEXT), "-1 hour", "expires_at"),
        (sha256(TEXT), None, "expires_at"),
    ],
)
async def test_an_approval_is_for_the_text_that_was_read_and_for_a_day_at_most(
    owner: asyncpg.Connection, approver: asyncpg.Connection, hash_read: str | None, valid_for: str | None, rule: str
) -> None:
    override = await request(owner, TEXT)
    name = "schema_lock_overrides_sql_sha256" if rule == "sha256" else "schema_lock_overrides_expires_at"
    async with refused(approver, "23T03", name):
        await approver.execute(APPROVE, override, hash_read, valid_for)


async def test_an_override_that_waits_has_expired_or_was_revoked_does_nothing(
    cluster: Cluster, locked: str, owner: asyncpg.Connection, approver: asyncpg.Connection
) -> None:
    override = await request(owner, TEXT)
    async with refused(owner, "42T01", "schema_lock_overrides_required"):
        await owner.execute(RUN, TEXT)
    await approver.execute(APPROVE, override, sha256(TEXT), "50 milliseconds")

    async def has_expired() -> bool:
        return await state(cluster, locked, override) == "expired"

    assert await happens(has_expired)
    async with refused(owner, "42T01", "schema_lock_overrides_required"):
        await owner.execute(RUN, TEXT)
    again = await allow(cluster, locked, TEXT)
    await approver.execute("SELECT trust.revoke_override($1)", again)
    async with refused(owner, "42T01", "schema_lock_overrides_required"):
        await owner.execute(RUN, TEXT)
    async with refused(approver, "23T03", "schema_lock_overrides_open"):
        await approver.execute(APPROVE, again, sha256(TEXT), "1 hour")


async def test_an_approval_is_not_prolonged(owner: asyncpg.Connection, approver: asyncpg.Connection) -> None:
    override = await request(owner, TEXT)
    await approver.execute(APPROVE, override, sha256(TEXT), "1 hour")
    async with refused(approver, "23T03", "schema_lock_overrides_state"):
        await approver.execute(APPROVE, override, sha256(TEXT), "24 hours")


async def test_only_who_asked_and_approvers_revoke(cluster: Cluster, locked: str, owner: asyncpg.Connection) -> None:
    override = await request(owner, TEXT)
    async with (
        login(cluster, locked, "colleague", "IN ROLE trust_owner") as colleague,
        refused(colleague, "23T03", "schema_lock_overrides_revoker"),
    ):
        await colleague.execute("SELECT trust.revoke_override($1)", override)


async def test_of_two_at_once_one_wins(cluster: Cluster, locked: str) -> None:
    text = "CREATE SEQUENCE public.good"
    await allow(cluster, locked, text)
    async with connections(cluster, locked, "owner", "owner") as both:
        outcomes = await asyncio.gather(*(one.execute(RUN, text) for one in both), return_exceptions=True)
    failures = [outcome for outcome in outcomes if isinstance(outcome, asyncpg.PostgresError)]
    assert [failure.sqlstate for failure in failures] == ["42T01"]


async def test_a_text_that_fails_leaves_everything_and_the_override(
    cluster: Cluster, locked: str, owner: asyncpg.Connection, admin: asyncpg.Connection
) -> None:
    text = "CREATE TABLE public.good (id integer); SELECT 1 / 0"
    override = await allow(cluster, locked, text)
    async with refused(owner, "22012"):
        await owner.execute(RUN, text)
    assert await admin.fetchval("SELECT to_regclass('public.good')") is None
    assert await state(cluster, locked, override) == "approved"
    assert await admin.fetchval("SELECT count(*) FROM trust.schema_lock_passes") == 0


async def test_a_swallowed_failure_leaves_no_pass(cluster: Cluster, locked: str, admin: asyncpg.Connection) -> None:
    """Were the pass still open after a savepoint, the rest of the transaction would be beyond the event triggers."""
    text = "CREATE TABLE public.good (id integer); SELECT 1 / 0"
    await allow(cluster, locked, text)
    async with admin.transaction():
        with pytest.raises(asyncpg.DivisionByZeroError):
            async with admin.transaction():
                await admin.execute(RUN, text)
        async with refused(admin, "42T01", "schema_lock_engaged"):
            await admin.execute("ALTER TABLE users DISABLE TRIGGER ALL")


# The table itself


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM schema_lock_overrides",
        "TRUNCATE schema_lock_overrides",
        "UPDATE schema_lock_overrides SET reason = 'another'",
        "UPDATE schema_lock_overrides SET migration = 'release'",
        "UPDATE schema_lock_overrides SET sql_sha256 = repeat('0', 64)",
        "UPDATE schema_lock_overrides SET requested_by = 'somebody'",
        "UPDATE schema_lock_overrides SET expires_at = expires_at + interval '1 hour'",
        "UPDATE schema_lock_overrides SET approved_by = NULL, approved_at = NULL, expires_at = NULL",
        "UPDATE schema_lock_overrides SET created_at = now()",
        "UPDATE schema_lock_overrides SET used_at = now(), used_tx = '1', reason = 'another'",
        (
            "INSERT INTO schema_lock_overrides (migration, sql_sha256, reason, requested_by, approved_by, approved_at,"
            " expires_at) VALUES ('1_x.py', repeat('0', 64), 'x', 'a', 'b', now(), now() + interval '1 hour')"
        ),
    ],
)
async def test_nobody_changes_an_override_otherwise(
    cluster: Cluster, locked: str, admin: asyncpg.Connection, change: str
) -> None:
    await allow(cluster, locked, TEXT)
    for preparation in ("SELECT 1", "SET LOCAL session_replication_role = replica", "SET LOCAL ROLE trust_guard"):
        async with refused(admin, "23T03", "schema_lock_overrides_state"):
            await admin.execute(preparation)
            await admin.execute(change)


async def test_what_is_used_or_revoked_stays_so(
    cluster: Cluster, locked: str, owner: asyncpg.Connection, admin: asyncpg.Connection
) -> None:
    await allow(cluster, locked, TEXT)
    await owner.execute(RUN, TEXT)
    await owner.execute("SELECT trust.revoke_override($1)", await request(owner, TEXT))
    for change in ("used_at = NULL, used_tx = NULL", "revoked_at = NULL, revoked_by = NULL", "reason = 'another'"):
        async with refused(admin, "23T03", "schema_lock_overrides_state"):
            await admin.execute(f"UPDATE schema_lock_overrides SET {change}")


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (("DROP TABLE users", "0" * 64, "x"), "migration"),
        (("99_x.py; --", "0" * 64, "x"), "migration"),
        (("99_x.py", "0" * 63 + "A", "x"), "sql_sha256"),
        (("99_x.py", "0" * 64, " \n"), "reason"),
    ],
)
async def test_a_request_has_its_form(cluster: Cluster, watched: str, asked: tuple[str, str, str], rule: str) -> None:
    async with connected(cluster.url("owner", watched)) as owner:
        async with refused(owner, "23514", f"schema_lock_overrides_{rule}_ck"):
            await owner.execute("SELECT trust.request_override($1, $2, $3)", *asked)
        async with refused(owner, "23502"):
            await owner.execute("SELECT trust.request_override(NULL, NULL, NULL)")


async def test_without_a_lock_there_is_nothing_to_ask_for_and_nothing_to_run(cluster: Cluster, database: str) -> None:
    async with connected(cluster.url("owner", database)) as owner:
        async with refused(owner, "23T03", "schema_lock_overrides_engaged"):
            await request(owner, TEXT)
        async with refused(owner, "42T01", "schema_lock_run"):
            await owner.execute(RUN, TEXT)


async def test_a_session_cannot_give_the_approved_text_another_meaning(
    cluster: Cluster, locked: str, owner: asyncpg.Connection, admin: asyncpg.Connection
) -> None:
    text = r"CREATE TABLE public.good (a text CONSTRAINT good_a_ck CHECK (a ~ '^\w+$'))"
    await allow(cluster, locked, text)
    await owner.execute("SET standard_conforming_strings = off")
    await owner.execute(RUN, text)
    rule = "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'good_a_ck'"
    assert r"'^\w+$'" in await admin.fetchval(rule)
    await admin.execute("CREATE SCHEMA elsewhere")  # the baseline is what the catalogue says


async def test_an_override_is_for_the_bookkeeping_of_its_own_migration(
    cluster: Cluster, locked: str, owner: asyncpg.Connection
) -> None:
    await allow(cluster, locked, TEXT)
    async with refused(owner, "42T01", "schema_lock_bookkeeping"):
        await owner.execute(RUN, TEXT)
        await owner.execute("DELETE FROM public.aerich")
