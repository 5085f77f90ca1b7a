"""Work that a cancellation does not cut in the middle."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

GRACE_SECONDS = 10.0
"""How long a task that was cancelled waits for the work; then it is given up."""


async def uncut(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end, however often this task is cancelled meanwhile; then the cancellation goes on.

    The end of a transaction is such work: cut off, it would leave its outcome unknown. An error of the work wins over
    the cancellation only where there was none.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    give_up = float("inf")
    while not task.done() and time.monotonic() < give_up:
        try:
            await asyncio.wait({task}, timeout=None if cancelled is None else give_up - time.monotonic())
        except asyncio.CancelledError as error:
            if cancelled is None:
                give_up = time.monotonic() + GRACE_SECONDS
            cancelled = error
    if cancelled is None:
        return await task
    while not task.done():  # once for each thing that it would still wait for
        task.cancel()
        await asyncio.wait({task}, timeout=0.1)
    if not task.cancelled():
        task.exception()  # it is told by the cancellation
    raise cancelled
