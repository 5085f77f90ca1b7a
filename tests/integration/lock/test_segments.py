"""Segments of the audit log are made under the lock as well: the routine form of an override."""

import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster
from tests.fixtures.locked import locked_clone
from tests.fixtures.refusals import refused
from trust_models.schema.lock.status import status


@pytest.mark.parametrize("event_triggers", [True, False])
@pytest.mark.parametrize("role", ["owner", "archiver"])
async def test_segments_are_made_and_guarded(cluster: Cluster, role: str, event_triggers: bool) -> None:  # noqa: FBT001
    async with locked_clone(cluster, event_triggers=event_triggers) as name:
        async with connected(cluster.url(role, name)) as connection:
            assert await connection.fetchval("SELECT trust.ensure_audit_segments(6)") == 2
            assert await connection.fetchval("SELECT trust.ensure_audit_segments(6)") == 0
        async with connected(cluster.url("admin", name)) as admin:
            assert await admin.fetchval("SELECT trust.audit_segments_ahead()") == 6
            owner = "SELECT tableowner FROM pg_tables WHERE tablename = 'audit_segment_000006'"
            assert await admin.fetchval(owner) == "trust_guard"
            async with refused(admin, "23T01", "audit_segment_000006_immutable"):
                await admin.execute("DELETE FROM trust.audit_segment_000006")
        assert (await status(cluster.url("owner", name))).problems == ()


async def test_the_migrating_role_makes_one(cluster: Cluster, locked: str) -> None:
    async with connected(cluster.url("owner", locked)) as owner:
        assert await owner.fetchval("SELECT trust.create_audit_segment()::text") == "trust.audit_segment_000005"
    assert (await status(cluster.url("owner", locked))).problems == ()


async def test_the_pass_of_a_segment_is_closed_in_the_same_transaction(cluster: Cluster, locked: str) -> None:
    async with connected(cluster.url("admin", locked)) as admin, admin.transaction():
        await admin.execute("SELECT trust.ensure_audit_segments(7)")
        async with refused(admin, "42T01", "schema_lock_engaged"):
            await admin.execute("ALTER TABLE users DISABLE TRIGGER ALL")
        assert await admin.fetchval("SELECT count(*) FROM trust.schema_lock_passes") == 0


async def test_a_foreign_change_does_not_stop_the_segments(cluster: Cluster) -> None:
    """A role may change its own default privileges: that must not stop the log, and is not made good either."""
    async with locked_clone(cluster, event_triggers=False) as name:
        async with connected(cluster.url("app", name)) as app:
            await app.execute("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC")
        async with connected(cluster.url("archiver", name)) as archiver:
            assert await archiver.fetchval("SELECT trust.ensure_audit_segments(5)") == 1
        problems = (await status(cluster.url("owner", name))).problems
        assert [one for one in problems if "every new" in one]


@pytest.mark.parametrize("role", ["app", "reader", "approver"])
async def test_nobody_else_makes_segments(cluster: Cluster, watched: str, role: str) -> None:
    async with connected(cluster.url(role, watched)) as connection:
        for call in ("ensure_audit_segments(9)", "create_audit_segment()"):
            async with refused(connection, "42501"):
                await connection.execute(f"SELECT trust.{call}")
