"""Work that a cancellation does not cut in the middle."""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

GRACE_SECONDS = 10.0
"""How long a task that was cancelled waits for the work; then it is given up."""

_GIVING_UP = 0.1
"""Seconds between two attempts to end what the work waits for, once it is given up."""


async def uncut(work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end, however often this task is cancelled meanwhile; then the cancellation goes on.

    The end of a transaction is such work: cut off, it would leave its outcome unknown. An error of the work wins over
    the cancellation only where there was none.

    The work runs in this task, one wait after the other. So it must not use what ends a wait by cancelling the task,
    as `asyncio.timeout` does: that could not be told from a cancellation.
    """
    patience = _Patience()
    try:
        while True:
            # A task of its own would do as well, and cost the loop more turns.
            await patience.wait(work.send(None))
    except StopIteration:
        pass
    except (Exception, asyncio.CancelledError):
        if patience.cancelled is None:
            raise
    if patience.cancelled is not None:
        raise patience.cancelled


class _Patience:
    """Waits although the task is cancelled, until the time of grace is over."""

    def __init__(self) -> None:
        self.cancelled: asyncio.CancelledError | None = None
        self._give_up = float("inf")

    async def wait(self, what: "asyncio.Future[Any] | None") -> None:
        """Return when `what` a coroutine waits for is done; None is one turn of the loop."""
        if what is None:
            what = asyncio.ensure_future(asyncio.sleep(0))
        while not what.done():
            try:
                await asyncio.wait({what}, timeout=self._left(what))
            except asyncio.CancelledError as error:
                if self.cancelled is None:
                    self._give_up = time.monotonic() + GRACE_SECONDS
                self.cancelled = error

    def _left(self, what: "asyncio.Future[Any]") -> float | None:
        """Return for how long to wait; once it is given up, cancel what is waited for."""
        if self.cancelled is None:
            return None
        left = self._give_up - time.monotonic()
        if left > 0:
            return left
        what.cancel()
        return _GIVING_UP
