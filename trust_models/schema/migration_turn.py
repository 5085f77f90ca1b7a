"""One migration at a time per database.

Aerich itself takes no lock: two upgrades at once apply a migration twice. The lock is held by a connection of its
own, and goes with that connection when the process dies. It needs a direct connection to PostgreSQL, not one through
a pooler in transaction mode.
"""

import asyncio
import sys
import time
from typing import Any

import asyncpg
from asyncclick import ClickException

from trust_models.db.pooler import is_pooled

LOCK_KEY = 0x7472_7573_745F_6D64
"""The advisory lock of migrations, "trust_md" in ASCII; advisory locks are per database."""

POOLED = (
    "A pooler lies between here and PostgreSQL, where the lock of migrations would be somebody else's the next moment."
    " Give MIGRATION_DATABASE_URL the address of PostgreSQL itself."
)

_POLL_SECONDS = 0.2


async def take_turn(*, wait_timeout: float, **options: Any) -> asyncpg.Connection:
    """Connect, wait for the turn, and return the connection that holds it until it is closed.

    Raises `asyncclick.ClickException`, which Aerich's command line prints as one message, when another migration has
    it for longer than `wait_timeout` seconds, and when a pooler lies between.
    """
    connection: asyncpg.Connection = await asyncpg.connect(
        server_settings={"application_name": "trust_models-migration-lock"}, **options
    )
    try:
        await _refuse_pooler(connection)
        await _wait(connection, wait_timeout)
    except BaseException:
        await connection.close()
        raise
    return connection


async def _refuse_pooler(connection: asyncpg.Connection) -> None:
    if await is_pooled(connection):
        raise ClickException(POOLED)


async def _wait(connection: asyncpg.Connection, timeout: float) -> None:
    # Polled, because a session that waits inside pg_advisory_lock() holds a snapshot, for which CREATE INDEX
    # CONCURRENTLY in the migration ahead would wait in turn, for ever.
    deadline = time.monotonic() + timeout
    told = False
    while not await connection.fetchval("SELECT pg_catalog.pg_try_advisory_lock($1)", LOCK_KEY):
        if time.monotonic() > deadline:
            raise ClickException(
                f"Another migration of this database is still running after {timeout:g} seconds."
                " Wait for it to end, or raise TRUST_MIGRATION_LOCK_TIMEOUT."
            )
        if not told:
            sys.stderr.write("Another migration of this database is running; waiting for it to end.\n")
            told = True
        await asyncio.sleep(_POLL_SECONDS)
