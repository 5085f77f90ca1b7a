"""One peer in a process of its own: two of them patch the same classes of a library, and none waits for another's."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.fixtures.cluster import Cluster


class Worker:
    """The parent's end of the process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def changes(self, first: int, number: int) -> list[float]:
        """Have changes made, and return the seconds that each took."""
        times: list[float] = await self.ask([first, number])
        return times

    def dismiss(self) -> None:
        """Say that there is no more to do."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    async def ask(self, order: object) -> Any:
        """Send an order and wait for the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return json.loads(await self._process.stdout.readline())


@asynccontextmanager
async def started(module: str, cluster: Cluster, database: str) -> AsyncIterator[Worker]:
    """Start a worker and wait until it is ready; it ends with the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.peers", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    worker = Worker(process)
    try:
        await worker.ask([cluster.admin_url.to_url(), cluster.run, cluster.password, database])
        yield worker
    finally:
        worker.dismiss()
        await process.wait()
