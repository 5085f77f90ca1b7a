"""Connections of the people who lock a schema, migrate it or approve an override."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from trust_models.db.schema_head import no_schema
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.schema.migration_turn import LOCK_KEY
from trust_models.settings import DatabaseUrl

_SAFE_PATH = "pg_catalog, pg_temp"
"""What an administrator finds names through: not the schemas whose owner could have put a function of theirs there."""


@asynccontextmanager
async def connected(url: DatabaseUrl) -> AsyncIterator[asyncpg.Connection]:
    """Connect for the time of a block, from which every error leaves as one of the package.

    Raises `SchemaMismatch` where the database has nothing of the lock yet.
    """
    options = url.connect_kwargs()
    options["server_settings"] = options["server_settings"] | {"search_path": _SAFE_PATH}
    try:
        connection: asyncpg.Connection = await asyncpg.connect(**options)
        try:
            yield connection
        finally:
            await connection.close()
    except (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedFunctionError, asyncpg.UndefinedTableError) as error:
        raise no_schema() from error
    except DRIVER_ERRORS as error:
        raise translate(error) from error


@asynccontextmanager
async def administration(url: DatabaseUrl) -> AsyncIterator[asyncpg.Connection]:
    """Open one transaction of an administrator, which no migration and no other administrator runs beside.

    It waits ten seconds at most, for them and for every table: whoever comes later would wait behind it.
    """
    async with connected(url) as admin, admin.transaction():
        await admin.execute("SET LOCAL lock_timeout = '10s'")
        await admin.execute("SELECT pg_advisory_xact_lock($1)", LOCK_KEY)
        yield admin
