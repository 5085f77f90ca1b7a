"""A server that is killed: what is left of the refusals that it had answered a moment before."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.processes import happens
from tests.fixtures.refusal_log import MARKER, count
from trust_models.provisioning.embedded import EmbeddedServer
from trust_models.settings import DatabaseUrl

LOGGED_AHEAD = 32
"""How many values of a sequence PostgreSQL writes to its journal at once."""

FIRST_THAT_FLUSHES = 17


@pytest.fixture
async def fragile() -> AsyncIterator[tuple[EmbeddedServer, Cluster]]:
    """A server of its own that hardly ever writes its journal of its own accord."""
    with EmbeddedServer(settings={"wal_writer_delay": "10s"}) as server:
        cluster = Cluster(DatabaseUrl.parse(server.url()))
        await cluster.prepare()
        yield server, cluster
        await cluster.admin.close()


async def test_a_crash_right_after_takes_no_refusal_along(fragile: tuple[EmbeddedServer, Cluster]) -> None:
    server, cluster = fragile
    connection = await connect(cluster.url("owner", cluster.template))
    refused = 40
    for _ in range(refused):
        with pytest.raises(asyncpg.PostgresError, match="immutable"):
            await connection.execute("DELETE FROM audit_logs")
    before = await count(connection, "audit_logs", "delete")
    os.kill(connection.get_server_pid(), signal.SIGKILL)  # the whole server restarts, without what was in its memory
    assert before == refused

    survivor = await recovered(cluster)
    counted = await count(survivor, "audit_logs", "delete")
    await survivor.close()
    assert counted <= refused + LOGGED_AHEAD
    if server.major >= FIRST_THAT_FLUSHES:
        assert counted >= refused
    assert server.log.read_text(encoding="utf-8").count(f"LOG:  {MARKER}{{") == refused


async def recovered(cluster: Cluster) -> asyncpg.Connection:
    """Connect once the server has ended every connection and takes new ones again."""
    assert await happens(cluster.admin.is_closed)
    found: list[asyncpg.Connection] = []

    async def connects() -> bool:
        try:
            found.append(await connect(cluster.url("owner", cluster.template)))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncio.TimeoutError):
            return False
        return True

    assert await happens(connects)
    return found[0]
