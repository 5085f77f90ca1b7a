"""Fixtures that every kind of test shares; each test that names `database` gets one of its own."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.pgbouncer import behind_pgbouncer
from trust_models.db.database import Database
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.settings import DatabaseUrl


@pytest.fixture(scope="session")
def admin_url() -> Iterator[DatabaseUrl]:
    """The server of TRUST_TEST_ADMIN_URL, or an embedded one for this run."""
    if running := os.environ.get("TRUST_TEST_ADMIN_URL"):
        yield DatabaseUrl.parse(running)
        return
    # Events get their leaves only when no other transaction of the server is writing, so none comes unasked for.
    settings = {"max_connections": "200", "max_prepared_transactions": "10", "autovacuum": "off"}
    with EmbeddedServer(settings=settings) as server:
        yield DatabaseUrl.parse(server.url())


@pytest.fixture(scope="session")
async def cluster(admin_url: DatabaseUrl) -> AsyncIterator[Cluster]:
    """The server with roles and a migrated template."""
    cluster = Cluster(admin_url)
    await cluster.prepare()
    async with AsyncExitStack() as stack:
        if os.environ.get("TRUST_TEST_POOLER"):
            await stack.enter_async_context(behind_pgbouncer(cluster))
        yield cluster
    await cluster.clean_up()


@pytest.fixture
async def database(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a migrated, empty database."""
    async with cluster.clone() as name:
        yield name


@pytest.fixture
async def admin(cluster: Cluster, database: str) -> AsyncIterator[asyncpg.Connection]:
    """A superuser's connection to the test's database."""
    connection = await connect(cluster.url("admin", database))
    yield connection
    await connection.close()


@pytest.fixture
async def owner(cluster: Cluster, database: str) -> AsyncIterator[asyncpg.Connection]:
    """The owner's connection to the test's database: the role that migrates."""
    connection = await connect(cluster.url("owner", database))
    yield connection
    await connection.close()


@pytest.fixture
async def app(cluster: Cluster, database: str) -> AsyncIterator[asyncpg.Connection]:
    """A service's connection to the test's database."""
    connection = await connect(cluster.url("app", database))
    yield connection
    await connection.close()


@pytest.fixture
async def db(cluster: Cluster, database: str) -> AsyncIterator[Database]:
    """The package, opened on the test's database as a service opens it."""
    async with Database(cluster.settings(database)) as opened:
        yield opened
