"""The worker's end of `worker.Worker`: `python -m tests.benchmarks.peers MODULE`.

It is told where to work in a line of JSON, answers with a line when it is ready, and from then on makes as many changes
as each line says, from which number on, and answers with the seconds that they took.
"""

import asyncio
import json
import sys
from importlib import import_module

from tests.benchmarks.peers.work import Opener
from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster
from trust_models.settings import DatabaseUrl


async def work(opened: Opener) -> None:
    """Follow the orders until there are no more."""
    url, run, password, database = json.loads(sys.stdin.readline())
    cluster = Cluster(DatabaseUrl.parse(url), run=run, password=password)
    async with connected(cluster.admin_url) as cluster.admin, opened(cluster, database) as change:
        answer(None)
        for line in sys.stdin:
            first, number = json.loads(line)
            answer([await change(one) for one in range(first, first + number)])


def answer(value: object) -> None:
    """Write a line."""
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(work(import_module(f"tests.benchmarks.peers.{sys.argv[1]}").opened))
