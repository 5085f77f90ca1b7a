"""What the tests of the documentation share."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster, connect


@pytest.fixture(scope="session")
async def schema(cluster: Cluster) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a migrated database, for looking things up."""
    async with cluster.clone() as name:
        connection = await connect(cluster.url("owner", name))
        await connection.execute("SET default_transaction_read_only = on")
        yield connection
        await connection.close()
