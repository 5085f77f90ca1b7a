"""The sealer as a task of an asynchronous service."""

import asyncio
import logging
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from trust_models.errors import DatabaseUnavailable, OutcomeUnknown, Retryable, StoreUnavailable
from trust_models.ledger.sealer.configured import configured_sealer, connect
from trust_models.ledger.sealer.sealer import Sealed, Sealer
from trust_models.settings import LedgerSettings, Settings

if TYPE_CHECKING:
    from typing_extensions import Self

_log = logging.getLogger(__name__)

PASSING = (DatabaseUnavailable, StoreUnavailable, Retryable, OutcomeUnknown)
"""The errors after which it is worth trying again."""


class SealingTask:
    """Seals in the background, on a connection of its own, from `start` or `async with` until `stop`.

    A database or a place to publish at that cannot be reached is waited for. What cannot mend itself, above all a
    ledger that does not continue what is published, ends the task; it is logged, and `stop` raises it.
    """

    def __init__(self, settings: Settings, sealer: Sealer | None = None, *, every: float = 5.0) -> None:
        """Seal every so many seconds; without a sealer, with that of the settings (`TRUST_LEDGER_KEY_FILE` …).

        Raises `ConfigurationError` where those are missing or wrong.
        """
        self._settings = settings
        self._sealer = sealer or configured_sealer(LedgerSettings.load())
        self._every = every
        self._task: asyncio.Task[None] | None = None
        self.last = Sealed()
        """What the last round did."""
        self.failures = 0
        """How many rounds have failed since the start."""

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._task is not None and not self._task.done()

    def start(self) -> None:
        """Begin; once is enough."""
        if not self.running:
            self._task = asyncio.create_task(self._run(), name="trust_models sealer")
            self._task.add_done_callback(_report)

    async def stop(self) -> None:
        """End; what is under way is taken back or done again by the next sealer. Raises what ended it before."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def __aenter__(self) -> "Self":
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _run(self) -> None:
        while True:
            try:
                await self._rounds()
            except PASSING as error:
                self.failures += 1
                _log.warning("trust_models.not_sealed %s", error)
                await asyncio.sleep(self._every)

    async def _rounds(self) -> None:
        connection = await connect(self._settings)
        try:
            while True:
                begun = time.monotonic()
                self.last = await self._sealer.seal(connection)
                await asyncio.sleep(max(0.0, begun + self._every - time.monotonic()))
        finally:
            connection.terminate()


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.error("trust_models.sealer_stopped %s", error)
