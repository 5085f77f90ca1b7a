"""No event is missed, doubled or made up while many write in every way that they can."""

import asyncio
import random

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.ledger import check_ledger, seal_all
from tests.fixtures.many_writers import write_in_every_way

SECONDS = 3.0


async def _seal(connection: asyncpg.Connection, writers: "asyncio.Future[list[None]]") -> int:
    steps = 0
    while not writers.done():
        row = await connection.fetchrow("SELECT sealed FROM trust.seal_audit_log(500)")
        steps += bool(row and row["sealed"])
        await asyncio.sleep(0.01)
    return steps


@pytest.mark.parametrize("writers", [12, 40])
async def test_each_event_has_one_leaf(cluster: Cluster, database: str, writers: int) -> None:
    connections = [await connect(cluster.url("app", database)) for _ in range(writers + 2)]
    *working, one, other = connections
    end = asyncio.get_running_loop().time() + SECONDS
    work = asyncio.gather(
        *(write_in_every_way(each, random.Random(number), end) for number, each in enumerate(working))  # noqa: S311
    )
    steps = await asyncio.gather(_seal(one, work), _seal(other, work))
    await work
    assert sum(steps) > 3, "nothing was sealed while they wrote"
    await seal_all(one)
    await check_ledger(one)
    await asyncio.gather(*(each.close() for each in connections))
