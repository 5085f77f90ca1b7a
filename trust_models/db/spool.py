"""The local spool of a process: events that the audit log did not take, on their way there."""

import asyncio
import errno
import logging
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from contextvars import Context
from datetime import datetime, timezone
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from trust_models.db.spool_file import SpoolFile, bytes_taken, encode, spools
from trust_models.db.spool_replay import Replayed, Send, replay
from trust_models.errors import ConfigurationError, SpoolUnavailable, TrustError

logger = logging.getLogger("trust_models.spool")

RETRY_SECONDS = 5.0
"""How often the way to the log is tried while something is waiting."""
REPORT_SECONDS = 60.0
"""How often the log tells at most that it is still closed."""
SERVER = "SELECT trust.server_identity()"


class Within(NamedTuple):
    """A transaction: its id, the time by its clock, and its server's identity, where that may be known."""

    tx_id: str
    occurred_at: datetime
    server: str | None


class AuditSpool:
    """A folder of files, bounded in bytes: one for each process that has met a log which did not take an event.

    `spooled` and `refused` count what this process put there, or could not; `replayed` and `waiting` what it has
    written to the log and found waiting in the whole folder, when it last looked. `problems` are what it found then
    that somebody has to see to.
    """

    def __init__(self, folder: Path, *, max_bytes: int, database: str) -> None:
        self.folder = folder
        self.spooled = 0
        self.refused = 0
        self.replayed = 0
        self.waiting = 0
        self.problems: tuple[str, ...] = ()
        self._max_bytes = max_bytes
        self._database = database
        self._server: str | None = None
        self._file: SpoolFile | None = None
        self._lock = Lock()
        self._send: Send | None = None
        self._worker: asyncio.Task[None] | None = None
        self._reported = float("-inf")

    async def open(self, send: Send) -> None:
        """Replay by `send` from now on, at first what an earlier process has left.

        Raises `ConfigurationError` for a folder that cannot be made or written.
        """
        await asyncio.to_thread(self._make_folder)
        self._send = send
        with suppress(TrustError):  # a database that does not answer, or is another one, is told where it is opened
            self._server = await send(SERVER)
        if await asyncio.to_thread(spools, self.folder):
            self._wake()

    async def put(self, event: Mapping[str, Any], within: Within | None = None) -> None:
        """Return when `event` is on the disk; `within` is the transaction with which it becomes true, if any.

        Raises `SpoolUnavailable` when the spool is full or cannot be written.
        """
        tx_id, moment, server = within or (None, datetime.now(timezone.utc), self._server)
        self._server = server
        entry = {"tx_id": tx_id, "occurred_at": moment.isoformat(), "event": event}
        try:
            await asyncio.to_thread(self._append, entry, server)
        except SpoolUnavailable:
            self.refused += 1
            raise
        self.spooled += 1
        self.waiting += 1
        self._wake()

    async def close(self) -> None:
        """Stop replaying. What is waiting stays on the disk for the next process, or `trust-models audit replay`."""
        self._send = None
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.wait({self._worker})
        with self._lock:
            self._close_file()

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not os.access(self.folder, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise ConfigurationError(f"TRUST_AUDIT_SPOOL: it cannot be used ({error.strerror}).") from error

    def _append(self, entry: Mapping[str, Any], server: str | None) -> None:
        with self._lock:
            try:
                if bytes_taken(self.folder) + len(encode(entry)) > self._max_bytes:
                    raise SpoolUnavailable(f"The audit spool {self.folder} is full: {self._max_bytes} bytes.")
                if self._file is not None and self._file.server != server:  # another one has taken its place
                    self._close_file()
                if self._file is None:
                    self._file = SpoolFile(self.folder, self._database, server)
                self._file.append(entry)
            except OSError as error:
                self._close_file()  # its end may be torn; what comes next goes to another one
                raise SpoolUnavailable(f"The audit spool {self.folder} cannot be written: {error.strerror}.") from error

    def _wake(self) -> None:
        if self._send is not None and (self._worker is None or self._worker.done()):
            # In a context of its own: the caller's has a transaction in it, and an actor.
            self._worker = Context().run(asyncio.create_task, self._work(self._send))

    async def _work(self, send: Send) -> None:
        while True:
            written = self._file.lines if self._file else 0
            try:
                passed = await replay(self.folder, self._database, send)
            except (TrustError, OSError) as error:
                self._report(str(error))
            else:
                self._note(passed)
                if self._file is not None and self._file.path in passed.finished:
                    await asyncio.to_thread(self._remove_file, written)
                if self._file is None and not passed.waiting and not passed.problems:
                    return
            await asyncio.sleep(RETRY_SECONDS)

    def _note(self, passed: Replayed) -> None:
        self.replayed += passed.done
        self.waiting = passed.waiting
        self.problems = passed.problems
        if passed.problems:
            self._report(passed.problems[0])

    def _remove_file(self, replayed: int) -> None:
        """Remove the file of this process, unless it has more lines by now than were replayed."""
        with self._lock:
            if self._file is not None and self._file.lines == replayed:
                self._file.remove()
                self._file = None

    def _report(self, reason: str) -> None:
        now = time.monotonic()
        if now - self._reported >= REPORT_SECONDS:
            self._reported = now
            logger.error("The audit spool %s is not empty: %s", self.folder, reason)
