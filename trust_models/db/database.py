"""The database of a process: opened once, used by every task."""

from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING

from tortoise.backends.base.client import TransactionContext
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext, get_current_context

from trust_models.db.config import CONNECTION, service_config
from trust_models.db.denials import Denials
from trust_models.db.schema_head import check_head, no_schema
from trust_models.db.transaction import Transaction
from trust_models.db.translating_client import TranslatingClient
from trust_models.errors import ConfigurationError, OperationRefused
from trust_models.settings import Settings

if TYPE_CHECKING:
    from typing_extensions import Self

    from trust_models.db.spool import AuditSpool


class Database:
    """A pool of connections that models, repositories and `transaction()` use.

    ::

        async with Database(Settings.load()):
            ...

    The first one that a process opens is seen by all of its tasks, also by those that an ASGI server starts
    elsewhere; a further one only by the task that opened it and by that task's own.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.denials = Denials()
        """What became of the refusals that left an event of their own, since this was last opened."""
        self.spool: AuditSpool | None = None
        """The events that the log did not take, if TRUST_AUDIT_SPOOL is set and this was opened."""
        self._context = TortoiseContext()

    async def open(self) -> None:
        """Connect, and see that the schema is the one that this package needs.

        Raises `DatabaseUnavailable`, `SchemaMismatch` when the database is behind or ahead, or `EnvironmentMismatch`
        when it is of production and the process is not, or the other way round.
        """
        first = get_current_context() is None
        self._context.__enter__()
        try:
            await self._context.init(config=service_config(self.settings), _enable_global_fallback=first)
            client = current_client()
            self.denials, self.spool = client.denials, client.spool
            await self._check_schema()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close every connection; transactions that are open are waited for, ten seconds at most."""
        # Tortoise closes first, then leaves its context: a task that did not enter it cannot, and need not.
        with suppress(ValueError):
            await self._context.__aexit__(None, None, None)

    async def __aenter__(self) -> "Self":
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def _check_schema(self) -> None:
        try:
            rows = await current_client().fetch("SELECT name FROM trust.applied_migrations() AS name")
        except OperationRefused as error:
            if error.sqlstate not in {"42883", "3F000"}:  # no such function, no such schema
                raise
            raise no_schema() from error
        check_head([row["name"] for row in rows])


def current_client() -> TranslatingClient:
    """Return what statements of this task run on: its open transaction, or else the pool.

    Raises `ConfigurationError` when the process has not opened a `Database`.
    """
    context = get_current_context()
    if context is None or not context.inited:
        raise ConfigurationError("No Database is open.", hint="Open one first: `async with Database(Settings.load())`.")
    client = get_connection(CONNECTION)
    assert isinstance(client, TranslatingClient)  # noqa: S101 - the engine of service_config
    return client


def transaction() -> TransactionContext:
    """Open a transaction, or inside one a savepoint, for the block of an `async with`.

    It commits at the end of the block and rolls back when the block raises. Every model and repository inside
    takes part. An error that is caught inside must be caught around a `transaction()` of its own: PostgreSQL
    refuses everything after an error, and the COMMIT then raises `TransactionAborted`.

    At COMMIT it raises the error of a rule that is checked then, or `OutcomeUnknown`.
    """
    return current_client()._in_transaction()


def current_transaction() -> Transaction | None:
    """Return the transaction that this task is in, if any."""
    client = current_client()
    return client if isinstance(client, Transaction) else None
