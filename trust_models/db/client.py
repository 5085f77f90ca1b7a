"""The Tortoise backend of the package: asyncpg with transactions and a pool of our own.

What differs from Tortoise's own backend, and why:

- BEGIN carries the settings of the transaction (who acts, for which request) in the same round trip, and a
  connection goes back to its pool without one: a transaction of one statement costs three round trips, not four.
- A change that somebody makes outside of a transaction gets one, or the database would not know who.
- COMMIT of a transaction in which an error was swallowed raises, instead of rolling back without a word.
- A statement after the end of its transaction raises a clear error.
- Errors of the driver leave as errors of the package, and refusals leave a trace in the audit log.
- Each new connection is checked: it must be to a database of the environment that the process is set to.

- The event of an audited operation shares the round trip of its COMMIT.

No state stays in a session between two transactions but prepared statements, and those are left out where a pooler in
transaction mode sits in between.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import asyncpg
from tortoise.backends.base.client import PoolConnectionWrapper, TransactionContext
from tortoise.connection import ConnectionToken, get_connections
from tortoise.exceptions import DBConnectionError

from trust_models.db.attribution import needs_settings
from trust_models.db.connector import Connector, give_back
from trust_models.db.denials import Denials
from trust_models.db.pooler import CACHE, TIMEOUT
from trust_models.db.spool import AuditSpool
from trust_models.db.statement_log import STATEMENT_LOG
from trust_models.db.transaction import Connection, Transaction
from trust_models.db.translating_client import TranslatingClient
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.db.uncut import uncut
from trust_models.enums import Environment
from trust_models.errors import DatabaseUnavailable, TimedOut


async def _keep_session(_connection: object) -> None:
    """Stand in for asyncpg's reset: settings are local to transactions, so there is nothing to undo.

    A transaction that was left open is still rolled back, by the pool itself.
    """


class TrustClient(TranslatingClient):
    """A pool of connections to one database."""

    def __init__(
        self,
        *,
        environment: Environment,
        acquire_timeout: float | None = None,
        spool_folder: Path | None = None,
        spool_max_bytes: int = 0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if spool_folder is not None:
            self.spool = AuditSpool(spool_folder, max_bytes=spool_max_bytes, database=str(self.database))
        self._connector = Connector(environment)
        self._prepares = True
        self.log = STATEMENT_LOG
        self.acquire_timeout = acquire_timeout
        self.denials = Denials()

    async def create_pool(self, **options: Any) -> asyncpg.Pool:
        """Open the pool, and the way for what it is refused."""
        options |= {"reset": _keep_session, "connect": self._connector}
        self._prepares = options.get(CACHE) != 0
        await self.denials.open(options)
        if self.spool is not None:
            await self.spool.open(self.denials.write)
        pool: asyncpg.Pool = await asyncpg.create_pool(None, **options)
        return pool

    @property
    def shares_sessions(self) -> bool:
        """Whether a pooler gives each transaction another session, or the URL says that nothing is to be prepared."""
        return self._connector.pooled or not self._prepares

    @property
    def always(self) -> Mapping[str, str]:
        """What a pooler leaves to transactions; without one it is a setting of the connection."""
        timeout = self.server_settings.get(TIMEOUT)
        return {TIMEOUT: timeout} if timeout and self._connector.pooled else {}

    async def _close(self) -> None:
        try:
            await super()._close()
        finally:
            # Last: what is closing may still be refused something.
            if self.spool is not None:
                await self.spool.close()
            await self.denials.close()

    async def acquire(self) -> Connection:
        """Take a connection from the pool, which opens with the first.

        Raises `TimedOut` when none gets free within `acquire_timeout` seconds, `DatabaseUnavailable` when the server
        cannot be reached, and `EnvironmentMismatch` or `SchemaMismatch` when the database is another one.
        """
        try:
            await PoolConnectionWrapper(self, self._pool_init_lock).ensure_connection()
        except asyncio.TimeoutError as error:
            raise DatabaseUnavailable("The database cannot be reached: it does not answer.") from error
        except DBConnectionError as error:  # Tortoise's word for a database that does not exist
            raise DatabaseUnavailable(f"There is no database {self.database} on that server.") from error
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        return await self._take(self._open_pool)

    async def _take(self, pool: asyncpg.Pool) -> Connection:
        # A free connection is had at once. A time limit would cost a timer, and another when it is given back.
        timeout = None if pool.get_idle_size() else self.acquire_timeout
        try:
            return await pool.acquire(timeout=timeout)
        except asyncio.TimeoutError as error:
            if pool.get_size() < pool.get_max_size():  # a new connection would have been made
                raise DatabaseUnavailable("The database cannot be reached: it does not answer.") from error
            raise TimedOut(
                f"No connection got free within {self.acquire_timeout} seconds.",
                hint="Use shorter transactions, or raise TRUST_POOL_MAX_SIZE.",
            ) from error
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    async def release(self, connection: Connection) -> None:
        """Give a connection back, whatever state it is in; the pool drops one that broke."""
        await self._open_pool.release(connection, timeout=self.acquire_timeout)

    @property
    def _open_pool(self) -> asyncpg.Pool:
        if self._pool is None:
            raise asyncpg.InterfaceError("the pool is closed")
        return self._pool

    def acquire_connection(self) -> "_Lease":
        """Lend a connection for one statement."""
        return _Lease(self, self._pool_init_lock)

    def _in_transaction(self) -> "TransactionScope":
        return TransactionScope(self)

    async def _translate_exceptions(self, func: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        # What Tortoise passes every statement through, with the method that runs it.
        if not needs_settings(str(args[0] if args else kwargs.get("query", ""))):
            return await super()._translate_exceptions(func, *args, **kwargs)
        async with self._in_transaction() as transaction:
            return await getattr(transaction, func.__name__)(*args, **kwargs)


class _Lease(PoolConnectionWrapper[Connection]):
    """A connection of the pool for the time of one statement."""

    client: TrustClient
    connection: Connection

    async def __aenter__(self) -> Connection:
        self.connection = await self.client.acquire()
        return self.connection

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            if isinstance(error, DRIVER_ERRORS) and getattr(error, "severity", None) is None:
                await self._end_statement()
        finally:
            await (give_back(self.connection) if error is None else self.client.release(self.connection))

    async def _end_statement(self) -> None:
        """End what the driver gave up, and not the server: prepared, and waiting with its locks for unfit values."""
        with suppress(*DRIVER_ERRORS):
            await self.connection.execute("SELECT")


class TransactionScope(TransactionContext):
    """`async with`: takes a connection and begins; commits or rolls back at the end."""

    client: Transaction
    _token: ConnectionToken

    def __init__(self, pool: TrustClient) -> None:
        self._pool = pool

    async def __aenter__(self) -> Transaction:
        self.client = Transaction(self._pool, await self._pool.acquire())
        try:
            await self.client.begin()
        except BaseException:
            await uncut(self._give_back())
            raise
        # From here on the task, and every task that it starts, sees the transaction in place of the pool.
        self._token = get_connections().set(self._pool.connection_name, self.client)
        return self.client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await uncut(self._end(error))
        except BaseException as failure:
            error = failure
            raise
        finally:
            self.client.settle(error)
            get_connections().reset(self._token)
            await self.client.run_after_close()

    async def _end(self, error: BaseException | None) -> None:
        try:
            if self.client.closed:
                return
            if error is None:
                await self.client.commit()
            else:
                await self.client.rollback()
        finally:
            await self._give_back()

    async def _give_back(self) -> None:
        try:
            await self.client.leave_clean()
        except asyncio.CancelledError:  # it does not answer, and nobody waits any longer
            self.client.connection.terminate()
            raise
        finally:
            connection = self.client.connection
            await (give_back(connection) if self.client.ended else self._pool.release(connection))


client_class = TrustClient
