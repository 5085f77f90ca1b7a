"""What a pooler of connections changes, and how one is found.

A pooler in transaction mode (PgBouncer) runs each transaction of a client in whatever session of PostgreSQL is free.
A statement that the driver has prepared is then missing in the next session or, worse, is another client's of the
same name. A setting of the connection is refused or forgotten.
"""

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import asyncpg

AnyConnection: TypeAlias = "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy"

CACHE = "statement_cache_size"
TIMEOUT = "statement_timeout"


def not_its_own(connection: AnyConnection) -> str:
    """Return the SQL condition that the session is not the connection's own.

    A pooler that shares sessions cannot tell a client the process id of one; it makes an id up.
    """
    return f"pg_catalog.pg_backend_pid() <> {int(connection.get_server_pid())}"


async def is_pooled(connection: AnyConnection) -> bool:
    """Return whether a pooler lies between; one round trip, and nothing is prepared."""
    return bool(await connection.execute(f"SELECT WHERE {not_its_own(connection)}") == "SELECT 1")


def for_pooler(options: dict[str, Any]) -> dict[str, Any]:
    """Return the driver's options without what only a session of its own can keep.

    Prepared statements stay where the URL says how many: then the pooler tracks them.
    """
    settings = {name: value for name, value in options["server_settings"].items() if name != TIMEOUT}
    return {CACHE: 0} | options | {"server_settings": settings}
