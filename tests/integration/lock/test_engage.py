"""Engaging and releasing: all or nothing, one at a time, and back to what it was."""

import asyncio

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.bookkeeping import connected
from tests.fixtures.catalogues import assert_same, catalogue_of
from tests.fixtures.cluster import Cluster
from tests.fixtures.locked import allow, connections, locked_clone, request, state
from tests.fixtures.processes import happens
from tests.fixtures.refusals import refused
from trust_models.enums import Environment
from trust_models.errors import (
    DatabaseUnavailable,
    PermissionDenied,
    SchemaDrifted,
    SchemaLocked,
    SchemaMismatch,
    TimedOut,
)
from trust_models.provisioning.plan import Place
from trust_models.provisioning.provision import Provisioning
from trust_models.schema.catalogue import snapshot
from trust_models.schema.lock.engage import engage
from trust_models.schema.lock.release import release
from trust_models.schema.lock.status import status
from trust_models.schema.lock.texts import RELEASE, release_text

OWNERS = """
    SELECT DISTINCT pg_get_userbyid(owner) FROM (
      SELECT relowner AS owner, relnamespace AS schema, oid FROM pg_class WHERE relkind <> 't'
      UNION ALL SELECT proowner, pronamespace, oid FROM pg_proc
      UNION ALL SELECT typowner, typnamespace, oid FROM pg_type) AS objects
    WHERE schema IN ('public'::regnamespace, 'trust'::regnamespace)
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = objects.oid AND deptype = 'e')
"""


BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
CUT_OFF = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"


async def release_of(cluster: Cluster, database: str) -> str:
    """Have a release asked for and approved."""
    return await allow(cluster, database, release_text(), RELEASE)


async def test_everything_belongs_to_the_guard(cluster: Cluster, watched: str, owned: str) -> None:
    for name in (watched, owned):
        async with connected(cluster.url("admin", name)) as admin:
            assert [row[0] for row in await admin.fetch(OWNERS)] == ["trust_guard"]
            owners = "SELECT pg_get_userbyid(datdba), pg_get_userbyid(nspowner) FROM pg_database, pg_namespace"
            owners += " WHERE datname = $1 AND nspname = 'trust'"
            assert [tuple(row) for row in await admin.fetch(owners, name)] == [("trust_guard", "trust_guard")]


async def test_a_service_notices_nothing(cluster: Cluster, locked: str) -> None:
    async with connected(cluster.url("app", locked)) as app:
        for builder in (*records.BUILDERS.values(),):
            if builder is not records.lock_override:
                await builder(app)
        assert await app.fetchval("SELECT count(*) FROM trust.applied_migrations()") > 5


async def test_engage_and_release_leave_the_schema_as_it_was(cluster: Cluster) -> None:
    async with cluster.clone() as name:
        url = cluster.url("admin", name)
        before = await catalogue_of(url)
        rights = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = $1"
        for _ in range(2):
            await engage(url)
            await release_of(cluster, name)
            released = await release(url)
            assert (released.owner, released.event_triggers_left) == (cluster.login("owner"), False)
            assert_same(before, await catalogue_of(url), after="engage and release")
        async with connected(url) as admin:
            assert await admin.fetchval(rights, name) == cluster.login("owner")
            assert await admin.fetchval("SELECT count(*) FROM pg_event_trigger") == 0
        async with connected(cluster.url("owner", name)) as owner:
            await owner.execute("ALTER TABLE users ADD COLUMN again integer")


async def test_engaging_twice_says_so(cluster: Cluster, watched: str) -> None:
    with pytest.raises(SchemaLocked, match="locked already"):
        await engage(cluster.url("admin", watched))


async def test_of_two_at_once_one_engages(cluster: Cluster) -> None:
    async with cluster.clone() as name:
        url = cluster.url("admin", name)
        outcomes = await asyncio.gather(engage(url), engage(url), return_exceptions=True)
        assert [type(one) for one in outcomes if isinstance(one, Exception)] == [SchemaLocked]
        assert (await status(url)).problems == ()


async def test_an_engagement_that_is_cut_off_leaves_everything(cluster: Cluster) -> None:
    async with cluster.clone() as name, connections(cluster, name, "admin", "admin") as (holder, observer):
        before = await catalogue_of(cluster.url("admin", name))
        async with holder.transaction():
            await holder.execute("LOCK TABLE users")
            waiting = asyncio.create_task(engage(cluster.url("admin", name)))

            async def waits() -> bool:
                return bool(await observer.fetchval(BLOCKED, holder.get_server_pid()))

            assert await happens(waits)
            await observer.execute(CUT_OFF, holder.get_server_pid())
            with pytest.raises(DatabaseUnavailable):
                await waiting
        assert_same(before, await catalogue_of(cluster.url("admin", name)), after="an engagement that was cut off")
        await engage(cluster.url("admin", name))


async def test_before_the_first_upgrade_there_is_nothing_to_lock(cluster: Cluster) -> None:
    async with cluster.empty() as name:
        with pytest.raises(SchemaMismatch):
            await engage(cluster.url("admin", name))
        with pytest.raises(SchemaMismatch):
            await status(cluster.url("owner", name))


@pytest.mark.parametrize("role", ["owner", "app"])
async def test_who_is_no_administrator_neither_engages_nor_releases(
    cluster: Cluster, database: str, owned: str, role: str
) -> None:
    before = await catalogue_of(cluster.url("admin", database))
    with pytest.raises(PermissionDenied):
        await engage(cluster.url(role, database))
    assert_same(before, await catalogue_of(cluster.url("admin", database)), after="an engagement without rights")
    with pytest.raises(PermissionDenied):
        await release(cluster.url(role, owned))


async def test_a_release_wants_an_override_of_its_own(cluster: Cluster, locked: str) -> None:
    admin = cluster.url("admin", locked)
    with pytest.raises(SchemaLocked, match="nobody has asked for one"):
        await release(admin)
    await allow(cluster, locked, "SELECT 1")
    with pytest.raises(SchemaLocked):
        await release(admin)
    await allow(cluster, locked, release_text())  # as if it were a migration's
    with pytest.raises(SchemaLocked, match="no release"):
        await release(admin)
    assert (await status(admin)).engagement is not None


async def test_the_text_of_a_release_is_no_migration(cluster: Cluster, locked: str) -> None:
    override = await release_of(cluster, locked)
    async with connected(cluster.url("owner", locked)) as owner, refused(owner, "42T01", "schema_lock_run"):
        await owner.execute("SELECT trust.run_migration($1)", release_text())
    assert await state(cluster, locked, override) == "approved"


async def test_nothing_is_released_where_nothing_is_locked(cluster: Cluster, database: str) -> None:
    with pytest.raises(SchemaLocked, match="not locked"):
        await release(cluster.url("admin", database))


async def test_overrides_from_before_are_worth_nothing(cluster: Cluster) -> None:
    """Unlocked, whoever migrates owns their table, and could write what he likes."""
    async with locked_clone(cluster) as name:
        async with connected(cluster.url("owner", name)) as owner:
            waiting = await request(owner, "SELECT 1")
        await release_of(cluster, name)
        await release(cluster.url("admin", name))
        async with connected(cluster.url("owner", name)) as owner:
            await owner.execute(
                "ALTER TABLE schema_lock_overrides DISABLE TRIGGER ALL;"
                " UPDATE schema_lock_overrides SET approved_by = 'x', approved_at = now(),"
                " expires_at = now() + interval '1 day' WHERE used_at IS NULL;"
                " ALTER TABLE schema_lock_overrides ENABLE ALWAYS TRIGGER t10_state,"
                " ENABLE ALWAYS TRIGGER t10_state_removal, ENABLE ALWAYS TRIGGER t80_touch,"
                " ENABLE ALWAYS TRIGGER t90_capture, ENABLE ALWAYS TRIGGER t90_capture_truncate"
            )
        assert await state(cluster, name, waiting) == "approved"
        await engage(cluster.url("admin", name))
        assert await state(cluster, name, waiting) == "revoked"


async def test_it_does_not_wait_long_for_a_table(cluster: Cluster) -> None:
    async with cluster.clone() as name, connections(cluster, name, "admin") as (holder,), holder.transaction():
        await holder.execute("LOCK TABLE users")
        with pytest.raises(TimedOut):
            await engage(cluster.url("admin", name))


# What the state tells


async def test_the_state_of_a_lock_that_holds(cluster: Cluster, watched: str) -> None:
    for role in ("owner", "reader", "approver", "admin"):
        found = await status(cluster.url(role, watched))
        assert found.engagement is not None
        assert found.engagement.previous_owner == cluster.login("owner")
        assert (found.problems, found.warnings) == ((), ())
        assert all(trigger.holds for trigger in found.event_triggers)


async def test_without_event_triggers_the_state_says_so(cluster: Cluster, owned: str) -> None:
    found = await status(cluster.url("owner", owned))
    assert found.problems == ()
    assert found.warnings == ("There are no event triggers: ownership alone holds, which a superuser can go around.",)


@pytest.mark.parametrize(
    ("tampering", "problem"),
    [
        ("ALTER EVENT TRIGGER trust_lock_change DISABLE", "The event trigger trust_lock_change is disabled."),
        ("ALTER EVENT TRIGGER trust_lock_drop ENABLE", "The event trigger trust_lock_drop is not in replicas."),
        ("DROP EVENT TRIGGER trust_lock_self", "The event trigger trust_lock_self is missing."),
        (
            (
                "DROP EVENT TRIGGER trust_lock_cascade; DROP EVENT TRIGGER trust_lock_change;"
                " DROP EVENT TRIGGER trust_lock_drop; DROP EVENT TRIGGER trust_lock_rewrite;"
                " DROP EVENT TRIGGER trust_lock_self"
            ),
            "The event trigger trust_lock_change is missing.",
        ),
        (
            "ALTER DATABASE {database} OWNER TO {owner}",
            "The database belongs to {owner}, not to trust_guard: its settings and its name can be changed.",
        ),
        (
            (
                "ALTER EVENT TRIGGER trust_lock_change DISABLE; ALTER EVENT TRIGGER trust_lock_self DISABLE;"
                " ALTER TABLE users DISABLE TRIGGER t80_touch"
            ),
            "Since it was locked: disabled trigger public.users.t80_touch.",
        ),
        (
            (
                "ALTER EVENT TRIGGER trust_lock_change DISABLE; ALTER EVENT TRIGGER trust_lock_self DISABLE;"
                " CREATE OR REPLACE FUNCTION trust.schema_catalogue()"
                " RETURNS TABLE (kind text, name text, definition text)"
                " LANGUAGE sql AS 'SELECT kind, name, definition FROM trust.schema_lock_baseline'"
            ),
            "Since it was locked: changed function trust.schema_catalogue().",
        ),
    ],
)
async def test_what_a_superuser_can_do_shows(cluster: Cluster, locked: str, tampering: str, problem: str) -> None:
    names = {"database": locked, "owner": cluster.login("owner")}
    async with connected(cluster.url("admin", locked)) as admin:
        await admin.execute(tampering.format(**names))
    assert problem.format(**names) in (await status(cluster.url("owner", locked))).problems


async def test_a_detachment_that_was_refused_halfway_shows(cluster: Cluster, locked: str) -> None:
    """DETACH CONCURRENTLY commits its first half before an event trigger can see anything."""
    async with connected(cluster.url("admin", locked)) as admin:
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await admin.execute("ALTER TABLE audit_logs DETACH PARTITION trust.audit_segment_000001 CONCURRENTLY")
        assert refusal.value.sqlstate == "42T01"
    problems = (await status(cluster.url("owner", locked))).problems
    assert "Since it was locked: changed table trust.audit_segment_000001." in problems


async def test_provisioning_leaves_a_locked_database_as_it_is(cluster: Cluster, locked: str) -> None:
    place = Place(Environment.TEST, locked, cluster.run)
    async with connected(cluster.url("admin", locked)) as admin:
        before = await snapshot(admin)
        await Provisioning(cluster.admin_url, [place], given=dict.fromkeys(place.login_names, cluster.password)).run()
        assert_same(before, await snapshot(admin), after="provisioning a locked database")
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert await admin.fetchval(owner) == "trust_guard"
    assert (await status(cluster.url("owner", locked))).problems == ()


async def test_only_who_migrated_this_database_may_still_connect(cluster: Cluster, locked: str) -> None:
    async with connected(cluster.url("admin", locked)) as admin:
        may = "SELECT has_database_privilege($1, current_database(), 'CONNECT')"
        assert await admin.fetchval(may, cluster.login("owner"))
        assert not await admin.fetchval(
            "SELECT EXISTS (SELECT FROM pg_database, aclexplode(datacl) WHERE datname = current_database()"
            " AND grantee = 'trust_owner'::regrole)"
        )


async def test_a_setting_that_leads_past_the_locked_tables_is_in_the_way(cluster: Cluster, database: str) -> None:
    async with connected(cluster.url("admin", database)) as admin:
        await admin.execute(f"ALTER DATABASE {database} SET search_path = evil, public")
        with pytest.raises(SchemaDrifted, match="search_path is kept for the database"):
            await engage(cluster.url("admin", database))
        await admin.execute(f"ALTER DATABASE {database} RESET search_path")
        await engage(cluster.url("admin", database))
        await admin.execute(f"ALTER DATABASE {database} SET search_path = evil, public")
    assert any("search_path is kept" in one for one in (await status(cluster.url("owner", database))).problems)
