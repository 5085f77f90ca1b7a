"""A database that the tests of one module share, where each needs no more than a transaction of it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster, connect


@pytest.fixture(scope="module")
async def shared_database(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a migrated database for one module."""
    async with cluster.clone() as name:
        yield name


@pytest.fixture(scope="module")
async def standing_app(cluster: Cluster, shared_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The module's connection as a service."""
    connection = await connect(cluster.url("app", shared_database))
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def standing_owner(cluster: Cluster, shared_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The module's connection as the owner."""
    connection = await connect(cluster.url("owner", shared_database))
    yield connection
    await connection.close()


@pytest.fixture(scope="module")
async def standing_admin(cluster: Cluster, shared_database: str) -> AsyncIterator[asyncpg.Connection]:
    """The module's connection as a superuser."""
    connection = await connect(cluster.url("admin", shared_database))
    yield connection
    await connection.close()


@pytest.fixture
async def app_trial(standing_app: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A service's connection, in a transaction that is undone after the test."""
    async for connection in _undone(standing_app):
        yield connection


@pytest.fixture
async def owner_trial(standing_owner: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection, in a transaction that is undone after the test."""
    async for connection in _undone(standing_owner):
        yield connection


@pytest.fixture
async def admin_trial(standing_admin: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection, in a transaction that is undone after the test."""
    async for connection in _undone(standing_admin):
        yield connection


async def _undone(connection: asyncpg.Connection) -> AsyncIterator[asyncpg.Connection]:
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("SET LOCAL lock_timeout = '20s'")  # An error says more than a test that hangs.
    yield connection
    await transaction.rollback()
