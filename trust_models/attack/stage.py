"""A transaction that cannot commit, in which everything is tried.

Three things keep it from changing anything. Nobody sends COMMIT. It holds a cursor WITH HOLD whose query fails:
PostgreSQL runs such a query to its end when the transaction commits, so COMMIT fails, and PREPARE TRANSACTION refuses a
transaction that has one. And it ends with its connection: killed at any point, the server rolls it back.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from trust_models.attack.evidence import Evidence
from trust_models.settings import DatabaseUrl

APPLICATION = "trust_models-attack"

LOCK_TIMEOUT = "1s"
IMPATIENT = "20ms"
"""For a table that was busy: who waits for a lock makes all wait who come later."""

_SETTINGS = {
    "application_name": APPLICATION,
    "search_path": "pg_catalog",
    "lock_timeout": LOCK_TIMEOUT,
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
_SAVEPOINT = "trust_attack"
_NEVER_COMMITS = (
    "DECLARE trust_attack_never_commits CURSOR WITH HOLD FOR SELECT 1 / (one - 1) FROM generate_series(1, 1) AS one"
)


@asynccontextmanager
async def connected(url: DatabaseUrl) -> AsyncIterator[asyncpg.Connection]:
    """A connection under the name of this program, which waits for nothing long."""
    arguments = url.connect_kwargs()
    settings = {**arguments.pop("server_settings", {}), **_SETTINGS}
    connection = await asyncpg.connect(**arguments, server_settings=settings, statement_cache_size=0)
    try:
        yield connection
    finally:
        await connection.close()


@dataclass
class Stage:
    """An open transaction with evidence in it, where each attempt is undone before the next.

    `as_role` is the role that attempts are made as, quoted, where it is not the login.
    """

    connection: asyncpg.Connection
    as_role: str | None
    evidence: Evidence = field(default_factory=Evidence)
    busy: set[str] = field(default_factory=set)
    """The tables that somebody else had locked."""

    def entry(self, table: str) -> str:
        """Return what an attempt begins with: to act as the role, and to wait no longer than `table` deserves."""
        wait = f"SET LOCAL lock_timeout = '{IMPATIENT if table in self.busy else LOCK_TIMEOUT}'; "
        return wait + (f"SET LOCAL SESSION AUTHORIZATION {self.as_role}; " if self.as_role else "")

    @property
    def exit(self) -> str:
        """What an attempt ends with: all that a COMMIT would check, then to be oneself again, to see what it did."""
        return "SET CONSTRAINTS ALL IMMEDIATE; " + ("RESET SESSION AUTHORIZATION" if self.as_role else "RESET ROLE")

    @asynccontextmanager
    async def undone(self) -> AsyncIterator[None]:
        """Undo whatever the block does, and give back the locks that it took."""
        try:
            yield
        finally:
            await self.connection.execute(f"ROLLBACK TO SAVEPOINT {_SAVEPOINT}")


@asynccontextmanager
async def bare_stage(url: DatabaseUrl, *, as_role: str | None = None) -> AsyncIterator[Stage]:
    """Open a transaction as the login of `url`, without evidence: it holds no lock that another would wait for."""
    async with connected(url) as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(_NEVER_COMMITS)
        await connection.execute(f"SAVEPOINT {_SAVEPOINT}")
        yield Stage(connection, as_role)
        await transaction.rollback()


@asynccontextmanager
async def planted_stage(url: DatabaseUrl, *, as_role: str | None) -> AsyncIterator[Stage]:
    """Open a transaction as the login of `url`, and plant evidence in it."""
    async with bare_stage(url, as_role=as_role) as stage:
        await stage.evidence.plant(stage.connection)
        await stage.connection.execute(f"SAVEPOINT {_SAVEPOINT}")
        yield stage
