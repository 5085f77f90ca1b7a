"""One transaction on one connection, and its savepoints, as Tortoise sees them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from zlib import crc32

from tortoise.backends.base.client import ConnectionWrapper, TransactionalDBClient

from trust_models.db.connector import prepared_on
from trust_models.db.denial import Denial, Unsettled
from trust_models.db.literals import Literal, filled, literal
from trust_models.db.savepoint import SavepointScope
from trust_models.db.session_settings import begin_statement, change_statement, current_settings
from trust_models.db.translating_client import TranslatingClient
from trust_models.db.translation import DRIVER_ERRORS
from trust_models.errors import (
    DatabaseUnavailable,
    OutcomeUnknown,
    TimedOut,
    TransactionAborted,
    TransactionClosed,
    TrustError,
)

if TYPE_CHECKING:
    import asyncpg

Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy"

_OPEN_OUTCOMES = ("08", "57P")
"""What the server says when the connection ends, with which a COMMIT may or may not be done."""


class Transaction(TranslatingClient, TransactionalDBClient):
    """One transaction, or one savepoint inside `outer`. Models and repositories inside it use it by themselves.

    Tasks that run at the same time inside take turns, statement by statement; a savepoint is one turn, so that what
    one task undoes is its own.
    """

    def __init__(self, pool: TranslatingClient, connection: Connection, outer: "Transaction | None" = None) -> None:
        self.log = pool.log
        self.connection_name = pool.connection_name
        self.fetch_inserted = pool.fetch_inserted
        self.pool = pool
        self.denials = pool.denials
        self.spool = pool.spool
        self.connection = connection
        self.outer = outer
        self.committed = False
        self.audited = False
        """Whether an operation records the refusal by which it ends."""
        self.denial: Denial | None = None
        """That refusal, if there was one."""
        self._unsettled: Unsettled = outer._unsettled if outer else Unsettled()
        self._begun = False
        self._ended = False
        self._connection = cast("asyncpg.Connection", connection)
        self._lock = asyncio.Lock()
        self._settings: Mapping[str, str] = {}
        self._before_commit: list[Callable[[], Awaitable[None]]] = []
        self._last: tuple[str, Sequence[Literal]] | None = None
        self._after_close: list[Callable[[], Awaitable[None]]] = []
        self._name = f"trust_{outer.depth + 1}" if outer else ""

    @property
    def depth(self) -> int:
        """How many savepoints it is inside of."""
        return self.outer.depth + 1 if self.outer else 0

    @property
    def closed(self) -> bool:
        """Whether it has been committed or rolled back, or is about to be."""
        return self._finalized

    @property
    def ended(self) -> bool:
        """Whether the server has said that it has been committed or rolled back, or is gone."""
        return self._ended

    def acquire_connection(self) -> "_Turn":
        """Lend the connection for one statement; raise `TransactionClosed` after the end."""
        return _Turn(self._lock, self)

    def inner(self) -> "Transaction":
        """Return a savepoint of this one, not opened yet."""
        return Transaction(self.pool, self.connection, self)

    def _in_transaction(self) -> SavepointScope:
        return SavepointScope(self)

    async def execute_many(self, query: str, values: Sequence[Any]) -> None:
        """Run one statement for each set of values."""
        try:
            async with self.acquire_connection() as connection:
                await connection.executemany(query, values)
        except DRIVER_ERRORS as error:
            raise self._translated(error, query) from error

    async def command(self, statement: str) -> str:
        """Run one or several statements without parameters in one round trip; return the last one's tag."""
        async with self.acquire_connection():
            return await self._send(statement)

    async def _send(self, statement: str, *, about: str | None = None) -> str:
        try:
            return str(await self.connection.execute(statement))
        except DRIVER_ERRORS as error:
            raise self._translated(error, about or statement) from error

    def _note(self, error: TrustError, denial: Denial) -> None:
        if oldest := self._unsettled.add(error, denial):
            self.denials.submit(oldest)

    async def begin(self) -> None:
        """Begin; the settings of this task travel along."""
        self._settings = current_settings()
        await self.command(begin_statement(self.pool.always, self._settings))

    async def commit(self) -> None:
        """Commit.

        Raises `TransactionAborted` when an error inside was swallowed, `OutcomeUnknown` when the connection broke
        before the answer came, the error of any rule that is checked at the end, and those of `before_commit` and
        `commit_with`.
        """
        for action in self._before_commit:
            await action()
        last = await self._last_words()
        async with self.acquire_connection():
            self._finalized = True
            try:
                tag = await self._send(f"{last}COMMIT", about=self._last and self._last[0])
            except DatabaseUnavailable as error:
                if error.sqlstate is not None and not error.sqlstate.startswith(_OPEN_OUTCOMES):
                    raise
                raise OutcomeUnknown from error
            self._ended = True
        if tag == "ROLLBACK":
            raise TransactionAborted
        self.committed = True

    async def _last_words(self) -> str:
        """Return what goes before COMMIT. A session of its own knows the plan of it after the first time."""
        if self._last is None:
            return ""
        statement, values = self._last
        if self.pool.shares_sessions:
            return f"{filled(statement, values)}; "
        name = f"trust_{crc32(statement.encode()):08x}"
        if name not in (prepared := prepared_on(self.connection)):
            await self.command(f"PREPARE {name} AS {statement}")
            prepared.add(name)
        return f"EXECUTE {name} ({', '.join(map(literal, values))}); "

    async def rollback(self) -> None:
        """Roll everything back. A connection that is gone has taken the transaction with it."""
        async with self.acquire_connection():
            self._finalized = True
            with suppress(DatabaseUnavailable):
                await self._send("ROLLBACK")
            self._ended = True

    async def leave_clean(self) -> None:
        """End what a BEGIN or a COMMIT that failed or was cut off has left open; costs nothing after a whole one."""
        self._finalized = True
        if not self._ended:
            with suppress(*DRIVER_ERRORS):  # where the connection is gone, so is the transaction
                await self.connection.execute("ROLLBACK")

    async def savepoint(self) -> None:
        """Open this savepoint; the settings of this task hold inside it."""
        self._settings = current_settings()
        await self.command(f"SAVEPOINT {self._name}" + change_statement(self._around, self._settings))
        self._begun = True

    async def forget_savepoint(self) -> None:
        """Undo what `savepoint` did, if it came to do it."""
        if self._begun:
            await self.savepoint_rollback()
        self._finalized = True

    async def release_savepoint(self) -> None:
        """Keep what was done since, under the settings from before.

        Raises `TransactionAborted` when an error inside was swallowed; what was done since is undone then.
        """
        release = f"RELEASE SAVEPOINT {self._name}" + change_statement(self._settings, self._around)
        try:
            await self.command(release)
        except TransactionAborted:
            await self.savepoint_rollback()
            raise
        if self.outer:
            self.outer._before_commit += self._before_commit
        self.committed = True  # as far as the transaction around it is
        self._finalized = True

    async def savepoint_rollback(self) -> None:
        """Undo what was done since, the settings too; the transaction can go on."""
        with suppress(DatabaseUnavailable):
            await self.command(f"ROLLBACK TO SAVEPOINT {self._name}; RELEASE SAVEPOINT {self._name}")
        self._finalized = True

    @property
    def _around(self) -> Mapping[str, str]:
        return self.outer._settings if self.outer else {}

    def settle(self, error: BaseException | None) -> None:
        """Leave the refusal by which an audited operation ends to it; at the end of all, submit what else there was."""
        if self.audited:
            self.denial = self._unsettled.claim(error)
        if self.outer is None:
            for denial in self._unsettled.release():
                self.denials.submit(denial)

    def commit_with(self, statement: str, values: Sequence[Literal]) -> None:
        """Have one statement run at the very end, in the round trip of the COMMIT; only of a whole transaction."""
        self._last = (statement, values)

    def before_commit(self, action: Callable[[], Awaitable[None]]) -> None:
        """Have `action` run before the whole transaction commits, unless what was done since here is undone."""
        self._before_commit.append(action)

    def after_close(self, action: Callable[[], Awaitable[None]]) -> None:
        """Have `action` run once the whole transaction has ended, either way, and its connection is free again."""
        if self.outer:
            self.outer.after_close(action)
        else:
            self._after_close.append(action)

    async def run_after_close(self) -> None:
        """Run what `after_close` was given, in that order; raise the first error once all have run."""
        failures: list[Exception] = []
        while self._after_close:
            try:
                await self._after_close.pop(0)()
            except Exception as error:  # noqa: BLE001 - raised below
                failures.append(error)
        if failures:
            raise failures[0]


class _Turn(ConnectionWrapper[Any]):
    """The transaction's connection for one statement, or for a savepoint."""

    client: Transaction

    async def __aenter__(self) -> "asyncpg.Connection":
        if self._lock.locked():
            await self._wait(self.client.pool.acquire_timeout)
        else:
            await self._lock.acquire()
        if self.client.closed:
            self._lock.release()
            raise TransactionClosed
        return cast("asyncpg.Connection", self.connection)

    async def _wait(self, timeout: float | None) -> None:
        # Not asyncio.wait_for, which ends a wait by cancelling the task that `uncut` keeps from that.
        waiting = asyncio.ensure_future(self._lock.acquire())
        try:
            await asyncio.wait({waiting}, timeout=timeout)
        except asyncio.CancelledError:
            if not waiting.cancel():
                self._lock.release()
            raise
        if waiting.cancel():
            raise TimedOut(
                f"Another task has had the transaction to itself for {timeout} seconds.",
                hint="Inside a nested transaction(), do not wait for what uses the one around it.",
            )
