"""The Tortoise backend of migrations: whoever connects with it is the only one to migrate that database.

Before the first migration runs, the frozen files and the schema have to be what they should; see `upgrade_check`.

Aerich itself takes no lock: two upgrades at once apply a migration twice. Here the lock is held by a
connection of its own, from before Aerich reads what is applied until its pool closes, and goes with that
connection when the process dies. It needs a direct connection to PostgreSQL, not one through a pooler in
transaction mode.
"""

import asyncio
import sys
import time
from typing import Any, cast

import asyncpg
from aerich.migrate import Migrate
from asyncclick import ClickException
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import TransactionContext, TransactionContextPooled

from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import SchemaMismatch
from trust_models.schema.upgrade_check import check_before_upgrade, leads_back

LOCK_KEY = 0x7472_7573_745F_6D64
"""The advisory lock of migrations, "trust_md" in ASCII; advisory locks are per database."""

_POLL_SECONDS = 0.2


class MigrationClient(AsyncpgDBClient):
    """A pool that opens once no other migration runs on its database."""

    def __init__(self, *, wait_timeout: float, accepted_drift: str | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._wait_timeout = wait_timeout
        self._accepted_drift = accepted_drift
        self._checked = False
        self._lock_holder: asyncpg.Connection | None = None

    async def create_connection(self, with_db: bool) -> None:  # noqa: FBT001 - the signature is Tortoise's
        """Wait for the lock, then open the pool.

        Raises `asyncclick.ClickException`, which Aerich's command line prints as one message, when the database
        cannot be reached or another migration holds the lock for longer than the timeout.
        """
        try:
            if self._lock_holder is None:
                self._lock_holder = await self._take_lock()
            await super().create_connection(with_db)
        except DRIVER_ERRORS as error:
            raise ClickException(str(translate(error))) from error

    async def close(self) -> None:
        """Close the pool, then let the next one in."""
        try:
            await super().close()
        finally:
            if self._lock_holder is not None:
                await self._lock_holder.close()
                self._lock_holder = None

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
        """Run a script outside of a transaction."""
        await self.check(query)
        await super().execute_script(query)

    def _in_transaction(self) -> TransactionContext:
        return TransactionContextPooled(_MigrationTransaction(self), self._pool_init_lock)

    async def _take_lock(self) -> asyncpg.Connection:
        connection: asyncpg.Connection = await asyncpg.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=cast("str | None", self.password),  # from a URL
            database=self.database,
            server_settings={
                **self.server_settings,
                "application_name": "trust_models-migration-lock",
            },
            **self.extra,
        )
        try:
            await self._wait_for_lock(connection)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _wait_for_lock(self, connection: asyncpg.Connection) -> None:
        # Polled, because a session that waits inside pg_advisory_lock() holds a snapshot, for which CREATE INDEX
        # CONCURRENTLY in the migration ahead would wait in turn, for ever.
        deadline = time.monotonic() + self._wait_timeout
        told = False
        while not await connection.fetchval("SELECT pg_catalog.pg_try_advisory_lock($1)", LOCK_KEY):
            if time.monotonic() > deadline:
                raise ClickException(
                    f"Another migration of this database is still running after {self._wait_timeout:g} seconds."
                    " Wait for it to end, or raise TRUST_MIGRATION_LOCK_TIMEOUT."
                )
            if not told:
                sys.stderr.write("Another migration of this database is running; waiting for it to end.\n")
                told = True
            await asyncio.sleep(_POLL_SECONDS)


class _MigrationTransaction(TransactionWrapper):
    """The transaction of one migration."""

    _parent: MigrationClient

    async def execute_script(self, query: str) -> None:
        """Run the script of the migration."""
        await self._parent.check(query)
        await super().execute_script(query)


client_class = MigrationClient
