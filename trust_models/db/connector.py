"""How the pool of a service gets its connections, and gets them back."""

from dataclasses import dataclass
from typing import Any

import asyncpg

from trust_models.db.environment import check_environment
from trust_models.db.pooler import CACHE, AnyConnection, for_pooler
from trust_models.enums import Environment


class Session(asyncpg.Connection):
    """A connection that knows what `PREPARE` has prepared on it."""

    __slots__ = ("prepared",)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.prepared: set[str] = set()


def prepared_on(connection: AnyConnection) -> set[str]:
    """Return the names of what `PREPARE` has prepared on a connection of the pool, to look up and to add to."""
    session: Any = connection
    names: set[str] = session.prepared
    return names


async def give_back(connection: AnyConnection) -> None:
    """Give a connection on which nothing is under way back to its pool.

    As `Pool.release` does, but for the task and the timer that keep a cancellation from cutting that: here is nothing
    to wait for. Where there is all the same, a connection that is cut is dropped.
    """
    lent: Any = connection
    if lent._con is not None:  # else the pool has it already
        lent._con._on_release()
        await lent._holder.release(None)


@dataclass
class Connector:
    """Opens connections to databases of one environment: what `create_pool` takes for `connect`.

    Each is checked by itself, so that it also holds when another database or a pooler has come to bear the name.
    """

    environment: Environment
    pooled: bool = False
    """Whether a pooler has been found; from then on every connection is made as one needs it."""

    async def __call__(self, *arguments: Any, **options: Any) -> asyncpg.Connection:
        """Connect; raise `EnvironmentMismatch` or `SchemaMismatch` when the database is another one."""
        if not self.pooled:
            try:
                connection = await self._open(arguments, options)
            except asyncpg.ProtocolViolationError:
                # PgBouncer refuses a setting that it does not know; another trouble will show again.
                self.pooled = True
            else:
                if not self.pooled or CACHE in options:
                    return connection
                await connection.close()
        return await self._open(arguments, for_pooler(options))

    async def _open(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> asyncpg.Connection:
        connection: asyncpg.Connection = await asyncpg.connect(*arguments, **{**options, "connection_class": Session})
        try:
            if await check_environment(connection, self.environment):
                self.pooled = True
        except BaseException:
            connection.terminate()
            raise
        return connection
