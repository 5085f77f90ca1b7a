"""The Tortoise backend of migrations: whoever connects with it is the only one to migrate that database.

Before the first migration runs, the frozen files and the schema have to be what they should; see `upgrade_check`.
While the schema is locked, each runs by an override; see `locked_migration`.
"""

from typing import TYPE_CHECKING, Any, cast

from aerich.migrate import Migrate
from asyncclick import ClickException
from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.backends.base.client import TransactionContext, TransactionContextPooled

from trust_models.db.environment import check_before_migration
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.enums import Environment
from trust_models.errors import EnvironmentMismatch, SchemaMismatch
from trust_models.schema.locked_migration import LockAwareClient, name_of
from trust_models.schema.migration_turn import take_turn
from trust_models.schema.upgrade_check import check_before_upgrade, leads_back

if TYPE_CHECKING:
    import asyncpg


class MigrationClient(LockAwareClient):
    """A pool that opens once no other migration runs on its database."""

    def __init__(
        self, *, environment: Environment, wait_timeout: float, accepted_drift: str | None = None, **options: Any
    ) -> None:
        super().__init__(**options)
        self._environment = environment
        self._wait_timeout = wait_timeout
        self._accepted_drift = accepted_drift
        self._checked = False
        self._turn: asyncpg.Connection | None = None

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - the signature is Tortoise's
        """Wait for the turn, then open the pool.

        Raises `asyncclick.ClickException`, which Aerich's command line prints as one message, when the database
        cannot be reached, is of another environment, or another migration is under way for longer than the timeout.
        """
        try:
            if self._turn is None:
                await self._take_turn()
            await super().create_connection(with_db)
        except EnvironmentMismatch as error:
            raise ClickException(str(error)) from error
        except DRIVER_ERRORS as error:
            raise ClickException(str(translate(error))) from error

    async def close(self) -> None:
        """Close the pool, then let the next one in."""
        try:
            await super().close()
        finally:
            if self._turn is not None:
                await self._turn.close()
                self._turn = None

    async def _take_turn(self) -> None:
        turn = await take_turn(
            wait_timeout=self._wait_timeout,
            host=self.host,
            port=self.port,
            user=self.user,
            password=cast("str | None", self.password),  # from a URL
            database=self.database,
            **self.extra,
        )
        try:
            await check_before_migration(turn, self._environment)
        except BaseException:
            await turn.close()
            raise
        self._turn = turn

    async def check(self, script: str) -> None:
        """See, before the first script that leads forward, that nothing has drifted.

        Raises `asyncclick.ClickException`, caused by the `SchemaMismatch`.
        """
        folder = Migrate.migrate_location  # Aerich tells its client nothing, and keeps where it is on its class
        if self._checked or leads_back(script, folder):
            return
        try:
            async with self.acquire_connection() as connection:
                await check_before_upgrade(connection, folder=folder, accepted=self._accepted_drift)
        except SchemaMismatch as error:
            raise ClickException(str(error)) from error
        self._checked = True

    async def execute_script(self, query: str) -> None:
        """Run the text of a migration that cannot be in a transaction; under the lock it is refused."""
        await self.check(query)
        if await self.is_locked():
            name = await name_of(query)
            raise ClickException(
                f"{name or 'This migration'} was not applied. The schema is locked, and an override lets a migration"
                " through only in a transaction. Release the lock for it: `trust-models lock request --release`."
            )
        await super().execute_script(query)

    def _in_transaction(self) -> TransactionContext:
        return TransactionContextPooled(_MigrationTransaction(self), self._pool_init_lock)


class _MigrationTransaction(LockAwareClient, TransactionWrapper):
    """The transaction of one migration and its entry in Aerich's bookkeeping."""

    _parent: MigrationClient

    async def execute_script(self, query: str) -> None:
        """Run the text of the migration."""
        await self._parent.check(query)
        if await self.is_locked():
            await self.run_by_override(query)
        else:
            await super().execute_script(query)


client_class = MigrationClient
