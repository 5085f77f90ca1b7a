"""What has to be done now and then, by a role that services do not have."""

import asyncpg

from trust_models.db.environment import check_environment
from trust_models.db.schema_head import no_schema
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.settings import Settings


async def ensure_audit_segments(settings: Settings, ahead: int) -> int:
    """See that `ahead` segments are ready after the one that is being written; return how many were made.

    Connects as for a migration. Raises `PermissionDenied` for a role that may not, `SchemaMismatch` before the first
    upgrade, `EnvironmentMismatch` for a database of another environment.
    """
    try:
        connection = await asyncpg.connect(**settings.for_migrations().connect_kwargs())
        try:
            await check_environment(connection, settings.environment)
            return int(await connection.fetchval("SELECT trust.ensure_audit_segments($1)", ahead))
        finally:
            await connection.close()
    except (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedFunctionError) as error:
        raise no_schema() from error
    except DRIVER_ERRORS as error:
        raise translate(error) from error
