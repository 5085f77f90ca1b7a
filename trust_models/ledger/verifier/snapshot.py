"""Opening a database for a verification: one snapshot, in a transaction that cannot write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg

from trust_models.errors import DatabaseUnavailable
from trust_models.ledger.verifier.source import Source
from trust_models.settings import DatabaseUrl

_SETTINGS = (
    "SET LOCAL client_encoding = 'UTF8'; SET LOCAL statement_timeout = 0; SET LOCAL jit = off;"
    # A database or a login can be given operators of its own, and a table a policy: neither may choose what is read.
    " SET LOCAL search_path = pg_catalog; SET LOCAL row_security = off;"
    # A warning in the midst of a COPY makes asyncpg lose what came before it.
    " SET LOCAL client_min_messages = error;"
    # Whatever the statistics say: the index on (tx_id, id) gives the order of the leaves without a sort.
    " SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off;"
    " SET LOCAL enable_incremental_sort = off; SET LOCAL max_parallel_workers_per_gather = 0"
)


@asynccontextmanager
async def opened(url: DatabaseUrl) -> AsyncIterator[Source]:
    """Connect, and begin a snapshot. Raises `DatabaseUnavailable` when there is no connection, or it breaks."""
    try:
        connection = await asyncpg.connect(**url.connect_kwargs())
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        raise DatabaseUnavailable(f"The database cannot be reached at {url.safe}: {error}") from error
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            await connection.execute(_SETTINGS)
            yield Source(connection)
    except (ConnectionError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError) as error:
        raise DatabaseUnavailable(f"The connection to the database broke: {error}") from error
    finally:
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
            await connection.close(timeout=5)
