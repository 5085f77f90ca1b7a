"""Which environment a database belongs to, and which processes may work on it.

The marker is the newest row of `trust.environment`. A process set to production works on a database that is marked as
production, and no other process does. A database without a marker counts as not production.
"""

from typing import TypeAlias

import asyncpg

from trust_models.db.schema_head import no_schema
from trust_models.enums import Environment
from trust_models.errors import EnvironmentMismatch

__all__ = ["check_before_migration", "check_environment", "refuse_production"]

PROVISION = "Provision it first: `trust-models provision`."
AnyConnection: TypeAlias = "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy"


async def check_environment(connection: AnyConnection, environment: Environment) -> None:
    """Raise `EnvironmentMismatch` unless a process of `environment` may work on this database; one round trip.

    Raises `SchemaMismatch` when there is nothing of ours in it.
    """
    production = await _is_production(connection)
    if production is None:
        raise no_schema()
    _check(environment, production=production)


async def check_before_migration(connection: AnyConnection, environment: Environment) -> None:
    """Raise `EnvironmentMismatch` unless a process of `environment` may migrate this database.

    Outside production it may be empty; one of production is marked before it gets a schema.
    """
    _check(environment, production=bool(await _is_production(connection)))


async def refuse_production(connection: AnyConnection, environment: Environment) -> None:
    """Raise `EnvironmentMismatch` when the process or the database is of production: for what destroys."""
    if environment is Environment.PRODUCTION:
        raise EnvironmentMismatch(
            "This is refused in production, and TRUST_ENVIRONMENT is production.", hint="Run it in development."
        )
    await check_before_migration(connection, environment)


async def _is_production(connection: AnyConnection) -> bool | None:
    """Ask the marker; None where there is nothing of ours that could be asked.

    A simple query, whose status tells the number of rows: a prepared one would take two round trips.
    """
    try:
        status = await connection.execute("SELECT WHERE trust.environment() = 'production'")
    except (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedFunctionError):
        return None
    return bool(status == "SELECT 1")


def _check(environment: Environment, *, production: bool) -> None:
    if environment is Environment.PRODUCTION and not production:
        raise EnvironmentMismatch(
            "The database is not marked as production, and TRUST_ENVIRONMENT is production.",
            hint=f"Name the database of production. {PROVISION}",
        )
    if production and environment is not Environment.PRODUCTION:
        raise EnvironmentMismatch(
            f"The database is marked as production, and TRUST_ENVIRONMENT is {environment.value}.",
            hint="Name another database, or set TRUST_ENVIRONMENT=production.",
        )
