"""Who may migrate, and what the cluster must offer: little more than a schema to write to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.fixtures.bookkeeping import connected
from tests.fixtures.catalogues import assert_same, catalogue_of
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.drifts import told
from tests.fixtures.migration_folder import MigrationFolder
from trust_models.db.schema_head import packaged
from trust_models.enums import Environment
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.provisioning.plan import Place
from trust_models.provisioning.provision import Provisioning
from trust_models.schema.catalogue import Catalogue
from trust_models.schema.drift import drift
from trust_models.schema.migrations import upgrade
from trust_models.settings import DatabaseUrl, Settings
from trust_models.sql import load

TIME_ZONE = """
SELECT setting FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) AND setrole = 0
"""


@asynccontextmanager
async def guest(cluster: Cluster, database: str) -> AsyncIterator[DatabaseUrl]:
    """A role that owns nothing and may create in `database` and its schema public."""
    name = f"{cluster.run}_guest"
    await cluster.admin.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{cluster.password}'")
    try:
        async with connected(cluster.url("admin", database)) as admin:
            await admin.execute(f"GRANT CREATE ON DATABASE {database} TO {name}")
            await admin.execute(f"GRANT CREATE ON SCHEMA public TO {name}")
        yield cluster.admin_url.replace(database=database, user=name, password=cluster.password)
    finally:
        await cluster.drop(database)
        await cluster.admin.execute(f"DROP ROLE {name}")


@pytest.fixture
async def without_roles() -> AsyncIterator[Cluster]:
    """A cluster of its own on which nothing was provisioned but a login and its right to a database."""
    with EmbeddedServer() as server:
        cluster = Cluster(DatabaseUrl.parse(server.url()))
        cluster.admin = await connect(cluster.admin_url)
        await cluster.admin.execute(f"CREATE ROLE {cluster.login('owner')} LOGIN PASSWORD '{cluster.password}'")
        yield cluster
        await cluster.admin.close()


async def first_message(connection: asyncpg.Connection, script: str) -> str:
    """Run a script and return the first message that comes with it."""
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    connection.add_log_listener(lambda _connection, message: arrived.put_nowait(message))
    await connection.execute(script)
    message = await asyncio.wait_for(arrived.get(), 10)
    return f"{message.severity}: {message.message}"


async def offers_uuid_ossp(cluster: Cluster) -> bool:
    """Whether a superuser can have the extension; some servers list it and lack its library."""
    async with cluster.empty() as name, connected(cluster.url("admin", name)) as admin:
        try:
            await admin.execute('CREATE EXTENSION "uuid-ossp"')
        except (asyncpg.FeatureNotSupportedError, asyncpg.UndefinedFileError):
            return False
        return True


def but_for_schema_public(catalogue: Catalogue) -> Catalogue:
    """The catalogue without the rights in schema public, which only its owner may give away."""
    definitions = catalogue.definitions.items()
    return Catalogue({key: text for key, text in definitions if not key.name.startswith("schema public to ")})


async def test_the_owner_sets_the_time_zone_of_the_database(cluster: Cluster) -> None:
    async with connected(cluster.url("owner", cluster.template)) as owner:
        assert await owner.fetchval(TIME_ZONE) == "TimeZone=UTC"


async def test_a_role_that_is_not_the_owner_may_migrate(cluster: Cluster, tmp_path: Path) -> None:
    folder = MigrationFolder(tmp_path)
    folder.bring()
    async with cluster.empty() as name, guest(cluster, name) as url:
        settings = Settings.load(database_url=url)
        assert await upgrade(settings) == packaged()
        head = await catalogue_of(cluster.url("owner", cluster.template))
        built = await catalogue_of(url)
        assert_same(but_for_schema_public(head), but_for_schema_public(built), after="an upgrade by a guest")

        async with connected(url) as connection:
            assert await connection.fetchval("SELECT has_schema_privilege('trust_app', 'public', 'USAGE')")
            assert await connection.fetchval(TIME_ZONE) is None
            assert told(await drift(connection)) == []
            left_alone = await first_message(connection, load("schema/database.sql"))
        assert left_alone == (
            "NOTICE: The time zone and the rights of the database are left as they are: only its owner may set them."
        )

        async with folder.command(settings) as command:
            assert await command.downgrade(0, delete=False) == packaged()[::-1]
        assert (await catalogue_of(url)).names("schema") == {"public"}


async def test_uuid_ossp_is_there_where_it_is_offered_and_nothing_needs_it(
    cluster: Cluster, database: str, owner: asyncpg.Connection, app: asyncpg.Connection
) -> None:
    there = await owner.fetchval("SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'uuid-ossp')")
    assert there == await offers_uuid_ossp(cluster)
    before = await catalogue_of(cluster.url("owner", database))
    await owner.execute('DROP EXTENSION IF EXISTS "uuid-ossp" RESTRICT')
    assert_same(before, await catalogue_of(cluster.url("owner", database)), after="DROP EXTENSION")
    await app.execute("INSERT INTO users (email, auth_provider) VALUES ('someone@example.org', 'EMAIL')")


async def test_an_upgrade_before_provisioning(without_roles: Cluster) -> None:
    async with without_roles.empty() as name, without_roles.empty() as later:
        url = without_roles.url("owner", name)
        assert await upgrade(without_roles.settings(name)) == packaged()
        roles = "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'trust%'"
        assert await without_roles.admin.fetchval(roles) == 0

        async with connected(url) as owner:
            found = await drift(owner)
            assert told(found) == [
                "missing role trust_app",
                "missing role trust_approver",
                "missing role trust_archiver",
                "missing role trust_reader",
            ]
            assert found.refused == []

        place = Place(Environment.DEVELOPMENT, name, without_roles.run)
        await Provisioning(without_roles.admin_url, [place]).run()
        assert await upgrade(without_roles.settings(later)) == packaged()
        provisioned_first = await catalogue_of(without_roles.url("owner", later))
        assert_same(provisioned_first, await catalogue_of(url), after="provisioning after the upgrade")
        async with connected(url) as owner:
            assert told(await drift(owner)) == []
