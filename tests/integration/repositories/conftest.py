"""A database that the tests of one module share: what they write stays, and each looks at its own records."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.scene import Scene, set_scene
from tests.fixtures.trail import Trail
from trust_models import Database


@pytest.fixture(scope="module")
async def shared_database(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a migrated database for one module."""
    async with cluster.clone() as name:
        yield name


@pytest.fixture(scope="module")
async def shared_db(cluster: Cluster, shared_database: str) -> AsyncIterator[Database]:
    """The package, opened on the module's database as a service opens it."""
    async with Database(cluster.settings(shared_database)) as opened:
        yield opened


@pytest.fixture(scope="module")
async def standing_app(cluster: Cluster, shared_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The module's bare connection as a service."""
    connection = await connect(cluster.url("app", shared_database))
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def standing_admin(cluster: Cluster, shared_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The module's bare connection as a superuser."""
    connection = await connect(cluster.url("admin", shared_database))
    yield connection
    await connection.close()


@pytest.fixture
async def scene(standing_app: asyncpg.Connection) -> Scene:
    """Records of this test's own."""
    return await set_scene(standing_app)


@pytest.fixture
async def trail(shared_db: Database, scene: Scene) -> Trail:  # noqa: ARG001 - they come first
    """What is recorded from now on."""
    return await Trail.from_now()
