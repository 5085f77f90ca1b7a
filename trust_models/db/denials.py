"""Refusals that came through the package, on their way to the audit log.

They go over a pool of their own, which opens with the first one, so that neither a storm of them nor a slow log takes
a connection that the service waits for.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from contextvars import Context
from typing import Any

import asyncpg

from trust_models.db.denial import Denial
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import DatabaseUnavailable, TimedOut, TrustError

logger = logging.getLogger("trust_models.denials")

CONNECTIONS = 2
"""One for the queue, one for an audited operation that waits for the record of its failure; either takes both."""
QUEUE_SIZE = 1000
"""How many denials may wait, and how many audited operations for the record of their failure."""
WRITE_SECONDS = 10.0
"""How long one event may take, the wait for a connection included."""
GIVE_UP_SECONDS = 1.0
"""How long the server may take to cancel what took too long."""
DRAIN_SECONDS = 5.0
"""How long `close` waits for what is still in the queue."""
REPORT_SECONDS = 60.0
"""How often the log tells at most that events are lost."""

_RECORD = "SELECT trust.record_denial($1, $2, $3, $4, $5, $6, $7, $8, $9)"


class Denials:
    """The way of denials to the audit log: a bounded queue, and a pool of at most two connections.

    `written` and `dropped` count those that went through the queue, since it was made: what is not in the one or the
    other is still waiting. One is dropped when the queue is full, when it is closed, or when its event could not be
    written; the log tells, once a minute at most. The database has counted it in any case, if one of its guards saw it.
    """

    def __init__(self) -> None:
        self.written = 0
        self.dropped = 0
        self._waiting: deque[Denial] = deque()
        self._writing = 0
        self._pool: asyncpg.Pool | None = None
        self._open = False
        self._worker: asyncio.Task[None] | None = None
        self._reported = float("-inf")

    @property
    def waiting(self) -> int:
        """How many are in the queue."""
        return len(self._waiting)

    async def open(self, options: Mapping[str, Any]) -> None:
        """Take denials from now on; `options` are those of the service's pool. Connects only once there is one."""
        named = options["server_settings"] | {"application_name": _name(options["server_settings"])}
        own = {"server_settings": named, "min_size": 0, "max_size": CONNECTIONS}
        self._pool = await asyncpg.create_pool(None, **{**options, **own})
        self._open = True

    def submit(self, denial: Denial) -> None:
        """Have the event of `denial` written soon, by somebody else; never waits and never raises."""
        if not self._open:
            return self._drop("the database is closed")
        if len(self._waiting) >= QUEUE_SIZE:
            return self._drop("too many are waiting")
        self._waiting.append(denial)
        if self._worker is None or self._worker.done():
            # In a context of its own: the submitter's has a transaction in it, and an actor.
            self._worker = Context().run(asyncio.create_task, self._work())
        return None

    async def write(self, statement: str, *arguments: Any) -> Any:
        """Write an event now and return what the statement returns; ten seconds later at most.

        Raises the `TrustError` that kept it from that; at once where a thousand others wait for the same.
        """
        if self._pool is None:
            raise DatabaseUnavailable("The database is closed.")
        if self._writing >= QUEUE_SIZE:
            raise TimedOut("Too many events wait to be written.")
        self._writing += 1
        try:
            return await asyncio.wait_for(_fetchval(self._pool, statement, arguments), WRITE_SECONDS)
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        finally:
            self._writing -= 1

    async def close(self) -> None:
        """Take no more, write what is waiting, five seconds long at most, and drop the rest."""
        self._open = False
        try:
            if self._worker is not None:
                await asyncio.wait({self._worker}, timeout=DRAIN_SECONDS)
        finally:
            await self._end()

    async def _end(self) -> None:
        pool, self._pool = self._pool, None
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait({self._worker})
        while self._waiting:
            self._waiting.popleft()
            self._drop("the database is closed")
        if pool is not None:
            try:
                await asyncio.wait_for(pool.close(), DRAIN_SECONDS)
            except DRIVER_ERRORS:
                pool.terminate()

    async def _work(self) -> None:
        while self._waiting:
            denial = self._waiting.popleft()
            try:
                await self.write(_RECORD, *denial.as_arguments())
            except TrustError as error:
                self._drop(str(error))
            except BaseException:
                self._drop("its task was cancelled")
                raise
            else:
                self.written += 1

    def _drop(self, reason: str) -> None:
        self.dropped += 1
        now = time.monotonic()
        if now - self._reported >= REPORT_SECONDS:
            self._reported = now
            logger.error("%d denials have left no event; the last, because %s", self.dropped, reason)


async def _fetchval(pool: asyncpg.Pool, statement: str, arguments: tuple[Any, ...]) -> Any:
    connection = await pool.acquire()
    try:
        return await connection.fetchval(statement, *arguments)
    finally:
        # A statement that was given up is cancelled on the server, which may miss that; then the connection is dropped.
        with suppress(asyncio.TimeoutError):
            await pool.release(connection, timeout=GIVE_UP_SECONDS)


def _name(server_settings: Mapping[str, str]) -> str:
    """Return the name by which the server shows these connections; it takes no more than 63 characters."""
    return f"{server_settings.get('application_name', 'trust_models')[:54]} denials"
