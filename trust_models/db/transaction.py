"""One transaction on one connection, as Tortoise sees it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    TransactionalDBClient,
)

from trust_models.db.session_settings import change_statement, current_settings
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import (
    DatabaseUnavailable,
    OutcomeUnknown,
    TransactionAborted,
    TransactionClosed,
)

Row: TypeAlias = dict[str, Any]
Connection: TypeAlias = "asyncpg.pool.PoolConnectionProxy"


class TranslatingClient(AsyncpgDBClient):
    """Tortoise's client for asyncpg, from which every error of the driver leaves as one of the package."""

    async def fetch(self, query: str, *arguments: Any) -> list[Row]:
        """Run one statement and return its rows."""
        rows: list[Row] = await self.execute_query_dict(query, list(arguments))
        return rows

    async def _translate_exceptions(self, func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        try:
            return await func(self, *args, **kwargs)
        except DRIVER_ERRORS as error:
            raise translate(error) from error


class Transaction(TranslatingClient, TransactionalDBClient):
    """One transaction on one connection. Models and repositories inside it use it by themselves.

    Tasks that run at the same time inside one transaction take turns, statement by statement.
    """

    def __init__(self, parent: TranslatingClient, connection: Connection) -> None:
        self.log = parent.log
        self.connection_name = parent.connection_name
        self.fetch_inserted = parent.fetch_inserted
        self._parent = parent
        self.connection = connection
        self._connection = cast("asyncpg.Connection", connection)
        self._lock = asyncio.Lock()
        # What PostgreSQL has been told: by BEGIN, then by each savepoint that is open.
        self._settings: list[Mapping[str, str]] = []
        self._after_close: list[Callable[[], Awaitable[None]]] = []

    @property
    def closed(self) -> bool:
        """Whether it has been committed or rolled back."""
        return self._finalized

    def acquire_connection(self) -> ConnectionWrapper[asyncpg.Connection]:
        """Lend the connection for one statement; raise `TransactionClosed` after the end."""
        if self._finalized:
            raise TransactionClosed
        return ConnectionWrapper(self._lock, self)

    def _in_transaction(self) -> NestedTransactionContext:
        return NestedTransactionContext(self)

    async def execute_many(self, query: str, values: Sequence[Any]) -> None:
        """Run one statement for each set of values."""
        try:
            async with self.acquire_connection() as connection:
                await connection.executemany(query, values)
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    async def command(self, statement: str) -> str:
        """Run one or several statements without parameters in one round trip; return the last one's tag."""
        try:
            async with self.acquire_connection() as connection:
                return str(await connection.execute(statement))
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def after_close(self, action: Callable[[], Awaitable[None]]) -> None:
        """Have `action` run once the transaction has ended, either way, and its connection is free again."""
        self._after_close.append(action)

    async def run_after_close(self) -> None:
        """Run what `after_close` was given, in that order."""
        while self._after_close:
            await self._after_close.pop(0)()

    async def begin(self) -> None:
        """Begin; the settings of this task travel along."""
        settings = current_settings()
        await self.command("BEGIN" + change_statement({}, settings))
        self._settings.append(settings)

    async def commit(self) -> None:
        """Commit.

        Raises `TransactionAborted` when an error inside was swallowed, `OutcomeUnknown` when the connection
        broke before the answer came, and the error of any rule that is checked at the end.
        """
        try:
            tag = await self.command("COMMIT")
        except DatabaseUnavailable as error:
            raise OutcomeUnknown(hint="Look for the record before you try again.") from error
        finally:
            self._finalized = True
        if tag == "ROLLBACK":
            raise TransactionAborted(hint="Put what may fail into a transaction() of its own: it becomes a savepoint.")

    async def rollback(self) -> None:
        """Roll everything back. A connection that is gone has taken the transaction with it."""
        try:
            await self.command("ROLLBACK")
        except DatabaseUnavailable:
            self.log.debug("The connection broke before ROLLBACK.")
        finally:
            self._finalized = True

    async def leave_clean(self) -> None:
        """End what a COMMIT or ROLLBACK that was cut off has left open; costs nothing when there is nothing."""
        connection = self.connection
        if not connection.is_closed() and connection.is_in_transaction():
            await connection.execute("ROLLBACK")

    async def savepoint(self) -> None:
        """Open a savepoint; the settings of this task hold inside it."""
        settings = current_settings()
        name = f"trust_{len(self._settings)}"
        await self.command(f"SAVEPOINT {name}" + change_statement(self._settings[-1], settings))
        self._settings.append(settings)

    async def release_savepoint(self) -> None:
        """Keep what was done since the last savepoint, under the settings from before it."""
        settings = self._settings.pop()
        name = f"trust_{len(self._settings)}"
        await self.command(f"RELEASE SAVEPOINT {name}" + change_statement(settings, self._settings[-1]))

    async def savepoint_rollback(self) -> None:
        """Undo what was done since the last savepoint, its settings too; the transaction can go on."""
        self._settings.pop()
        name = f"trust_{len(self._settings)}"
        await self.command(f"ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")
