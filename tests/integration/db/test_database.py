"""`Database`: opening, closing, and who sees it."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from trust_models import Database, UserRepository, transaction
from trust_models.db.database import current_client
from trust_models.errors import ConfigurationError, SchemaMismatch, TrustError
from trust_models.models import FeatureFlag


async def where() -> str:
    """Return the name of the database that this task uses."""
    (row,) = await current_client().fetch("SELECT current_database() AS name")
    return str(row["name"])


async def test_a_database_is_open_for_the_time_of_a_block(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database)) as opened:
        assert await where() == database
        assert opened.settings.database_url.database == database
    with pytest.raises(TrustError):
        await where()


async def test_without_an_open_database_the_mend_is_told() -> None:
    """Tortoise's own words would tell the reader to call `Tortoise.init()`."""
    with pytest.raises(ConfigurationError, match="Database"):
        await UserRepository().find_by_email("ada@example.org")
    with pytest.raises(ConfigurationError, match="Database"):
        async with transaction():
            pass


async def test_a_database_can_be_opened_again(cluster: Cluster, database: str) -> None:
    opened = Database(cluster.settings(database))
    for _ in range(2):
        async with opened:
            assert await where() == database


async def test_the_time_zone_is_utc_and_the_name_is_the_service_s(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database, service_name="lessons")):
        (row,) = await current_client().fetch(
            "SELECT current_setting('TimeZone') AS zone, current_setting('application_name') AS name"
        )
    assert row == {"zone": "UTC", "name": "lessons"}


async def test_every_task_sees_the_first_database(cluster: Cluster, database: str) -> None:
    async def later() -> str:
        await opened.wait()
        return await where()

    opened = asyncio.Event()
    task = asyncio.create_task(later())
    await asyncio.sleep(0)
    async with Database(cluster.settings(database)):
        opened.set()
        assert await task == database
        assert await asyncio.gather(*(where() for _ in range(5))) == [database] * 5


async def test_another_database_is_seen_by_its_own_tasks_alone(cluster: Cluster, database: str) -> None:
    async with cluster.clone() as other, Database(cluster.settings(database)):

        async def elsewhere() -> tuple[str, str]:
            async with Database(cluster.settings(other)):
                return await where(), await asyncio.create_task(where())

        assert [*await asyncio.gather(elsewhere(), where())] == [(other, other), database]
        assert await where() == database
        async with Database(cluster.settings(other)):
            assert await where() == other
        assert await where() == database


async def test_a_database_may_be_closed_by_another_task(cluster: Cluster, database: str) -> None:
    """As with startup and shutdown hooks, each of which a framework may run in a task of its own."""
    opened = Database(cluster.settings(database))
    await asyncio.create_task(opened.open())
    assert await where() == database
    await asyncio.create_task(opened.close())
    with pytest.raises(TrustError):
        await where()


async def test_a_database_that_another_task_has_closed_is_closed(cluster: Cluster, database: str) -> None:
    async def use() -> None:
        opened = Database(cluster.settings(database))
        await opened.open()
        await asyncio.create_task(opened.close())
        with pytest.raises(TrustError):
            await where()

    await asyncio.create_task(use())


async def test_a_database_that_was_never_migrated(cluster: Cluster) -> None:
    async with cluster.empty() as name:
        with pytest.raises(SchemaMismatch, match=r"no trust_models schema yet\. Run `trust-models upgrade`\."):
            async with Database(cluster.settings(name)):
                pass
        assert await _nobody(cluster, name)


async def test_a_database_that_is_behind(cluster: Cluster, database: str, owner: asyncpg.Connection) -> None:
    await owner.execute("DELETE FROM aerich WHERE id = (SELECT max(id) FROM aerich)")
    with pytest.raises(SchemaMismatch, match=r"behind this package: 1 of \d+ .* Run `trust-models upgrade`\."):
        async with Database(cluster.settings(database)):
            pass
    assert await _nobody(cluster, database)


async def test_a_database_that_is_ahead(cluster: Cluster, database: str, owner: asyncpg.Connection) -> None:
    await owner.execute(
        "INSERT INTO aerich (version, app, content) VALUES ('99_20990101000000_future.py', 'trust', '{}')"
    )
    with pytest.raises(SchemaMismatch, match=r"ahead of this package: it has 99_20990101000000_future\.py"):
        async with Database(cluster.settings(database)):
            pass


async def _nobody(cluster: Cluster, database: str) -> bool:
    """Return whether what failed to open left no connection behind, once the server has ended what was closed."""
    while True:
        states = await cluster.admin.fetch(
            "SELECT backend_type FROM pg_stat_activity WHERE datname = $1 AND usename LIKE $2", database, "%_app"
        )
        if not states:
            return True


async def test_errors_inside_the_block_come_out_and_close(cluster: Cluster, database: str) -> None:
    with pytest.raises(KeyError):
        async with Database(cluster.settings(database)):
            await FeatureFlag.all()
            raise KeyError
    assert await _nobody(cluster, database)
