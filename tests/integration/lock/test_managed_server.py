"""A managed server: the administrator is no superuser, but made the roles and may make databases."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.catalogues import assert_same, catalogue_of
from tests.fixtures.cluster import Cluster
from tests.fixtures.locked import allow
from tests.fixtures.refusals import refused
from trust_models.errors import SchemaDrifted
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.schema.lock.engage import engage
from trust_models.schema.lock.release import release
from trust_models.schema.lock.status import status
from trust_models.schema.lock.texts import RELEASE, release_text
from trust_models.schema.migrations import upgrade
from trust_models.settings import DatabaseUrl

MEMBERSHIPS = "SELECT to_jsonb(pg_auth_members) - 'oid' FROM pg_auth_members ORDER BY 1"

ROLES = ("owner", "app", "reader", "archiver", "approver")


@dataclass
class Managed:
    """A server of its own, since whatever its administrator does to roles others would see."""

    cluster: Cluster
    administrator: str

    def url(self, database: str) -> DatabaseUrl:
        """The administrator's URL."""
        return self.cluster.url("owner", database).replace(user=self.administrator)


@pytest.fixture(scope="module")
async def managed() -> AsyncIterator[Managed]:
    """A server on which somebody without superuser rights made every role."""
    with EmbeddedServer() as server:
        cluster = Cluster(DatabaseUrl.parse(server.url()))
        cluster.admin = await asyncpg.connect(**cluster.admin_url.connect_kwargs())
        made = Managed(cluster, "provider_admin")
        await cluster.admin.execute(
            f"CREATE ROLE provider_admin LOGIN CREATEROLE CREATEDB PASSWORD '{cluster.password}'"
        )
        async with connected(made.url("postgres")) as administrator:
            for role in ("trust_guard", *(f"trust_{role}" for role in ROLES)):
                await administrator.execute(f"CREATE ROLE {role} NOLOGIN")
            for role in ROLES:
                await administrator.execute(
                    f"CREATE ROLE {cluster.login(role)} LOGIN PASSWORD '{cluster.password}' IN ROLE trust_{role}"
                )
        yield made
        await cluster.admin.close()


@pytest.fixture
async def migrated(managed: Managed) -> AsyncIterator[str]:
    """The name of a migrated database of the owner's."""
    async with managed.cluster.empty() as name:
        await upgrade(managed.cluster.settings(name))
        yield name


async def test_ownership_is_moved_and_given_back_and_memberships_stay(managed: Managed, migrated: str) -> None:
    cluster = managed.cluster
    before, members = await catalogue_of(cluster.url("owner", migrated)), await cluster.admin.fetch(MEMBERSHIPS)
    engaged = await engage(managed.url(migrated))
    assert (engaged.database_moved, engaged.event_triggers, engaged.left_behind) == (True, False, ())
    assert await cluster.admin.fetch(MEMBERSHIPS) == members

    async with connected(cluster.url("owner", migrated)) as owner:
        async with refused(owner, "42501"):
            await owner.execute("ALTER TABLE audit_logs DISABLE TRIGGER ALL")
        text = "ALTER TABLE labs ADD COLUMN good integer; ALTER TABLE labs DROP COLUMN good"
        await allow(cluster, migrated, text)
        await owner.execute("SELECT trust.run_migration($1)", text)
        assert await owner.fetchval("SELECT trust.ensure_audit_segments(4)") == 0
    async with connected(managed.url(migrated)) as administrator:
        for statement in ("ALTER TABLE audit_logs DISABLE TRIGGER ALL", "DELETE FROM trust.schema_lock"):
            async with refused(administrator, "42501"):
                await administrator.execute(statement)

    await allow(cluster, migrated, release_text(), RELEASE)
    await release(managed.url(migrated))
    assert_same(before, await catalogue_of(cluster.url("owner", migrated)), after="engage and release")
    assert await cluster.admin.fetch(MEMBERSHIPS) == members


async def test_a_database_that_may_not_be_moved_stays_and_is_named(managed: Managed, migrated: str) -> None:
    cluster = managed.cluster
    await cluster.admin.execute("ALTER ROLE provider_admin NOCREATEDB")
    try:
        engaged = await engage(managed.url(migrated))
    finally:
        await cluster.admin.execute("ALTER ROLE provider_admin CREATEDB")
    assert not engaged.database_moved
    problems = (await status(cluster.url("owner", migrated))).problems
    assert any(problem.startswith(f"The database belongs to {cluster.login('owner')}") for problem in problems)
    async with connected(cluster.url("owner", migrated)) as owner, refused(owner, "42501"):
        await owner.execute("CREATE TABLE public.other (id integer)")
    await allow(cluster, migrated, release_text(), RELEASE)
    await release(managed.url(migrated))
    async with connected(cluster.url("owner", migrated)) as owner:
        await owner.execute("CREATE TABLE public.other (id integer)")


async def test_a_policy_of_the_owner_s_does_not_run_for_the_administrator(managed: Managed, migrated: str) -> None:
    """A superuser goes past policies; a member of the owner does not, where the owner has said so."""
    async with connected(managed.cluster.url("owner", migrated)) as owner:
        await owner.execute(
            "CREATE SEQUENCE public.ran;"
            " CREATE FUNCTION public.evil() RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog"
            " AS $$ BEGIN RETURN nextval('public.ran') > 0; END $$;"
            " ALTER TABLE public.aerich ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
            " CREATE POLICY evil ON public.aerich USING (public.evil())"
        )
        with pytest.raises(SchemaDrifted):
            await engage(managed.url(migrated))
        assert not await owner.fetchval("SELECT is_called FROM public.ran")
