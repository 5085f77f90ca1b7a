"""Synchronous peers: each works in a thread of its own, and is timed in there."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from tests.benchmarks.peers.work import Change, Revision


@asynccontextmanager
async def in_a_thread(prepare: Callable[[], None], work: Callable[[Revision], None]) -> AsyncIterator[Change]:
    """Prepare in the thread, then yield `work` as a change."""

    def measured(number: int) -> float:
        revision = Revision.nth(number)
        begin = time.perf_counter()
        work(revision)
        return time.perf_counter() - begin

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as thread:
        await loop.run_in_executor(thread, prepare)

        async def change(number: int) -> float:
            return await loop.run_in_executor(thread, measured, number)

        yield change
