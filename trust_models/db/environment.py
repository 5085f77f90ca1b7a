"""Which environment a database belongs to, and which processes may work on it.

The marker is the newest row of `trust.environment`. A process set to production works on a database that is marked as
production, and no other process does. A database without a marker counts as not production.
"""

from typing import NamedTuple

import asyncpg

from trust_models.db.pooler import AnyConnection, not_its_own
from trust_models.db.schema_head import no_schema
from trust_models.enums import Environment
from trust_models.errors import EnvironmentMismatch

__all__ = ["check_before_migration", "check_environment", "refuse_production"]

PROVISION = "Provision it first: `trust-models provision`."


async def check_environment(connection: AnyConnection, environment: Environment) -> bool:
    """Raise `EnvironmentMismatch` unless a process of `environment` may work on this database.

    Raises `SchemaMismatch` when there is nothing of ours in it. Returns whether a pooler lies between, which it asks
    in the same round trip.
    """
    found = await _ask(connection)
    if found is None:
        raise no_schema()
    _check(environment, production=found.production)
    return found.pooled


async def check_before_migration(connection: AnyConnection, environment: Environment) -> None:
    """Raise `EnvironmentMismatch` unless a process of `environment` may migrate this database.

    Outside production it may be empty; one of production is marked before it gets a schema.
    """
    found = await _ask(connection)
    _check(environment, production=found is not None and found.production)


async def refuse_production(connection: AnyConnection, environment: Environment) -> None:
    """Raise `EnvironmentMismatch` when the process or the database is of production: for what destroys."""
    if environment is Environment.PRODUCTION:
        raise EnvironmentMismatch(
            "This is refused in production, and TRUST_ENVIRONMENT is production.", hint="Run it in development."
        )
    await check_before_migration(connection, environment)


class _Answer(NamedTuple):
    production: bool
    pooled: bool


async def _ask(connection: AnyConnection) -> _Answer | None:
    """Ask for the marker; None where there is nothing of ours that could be asked.

    A simple query, whose status tells the number of rows: a prepared one would take two round trips.
    """
    production, pooled = "trust.environment() IS NOT DISTINCT FROM 'production'", not_its_own(connection)
    rows = f"({production})::integer + 2 * ({pooled})::integer"
    try:
        status = await connection.execute(f"SELECT FROM pg_catalog.generate_series(1, {rows})")
    except (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedFunctionError):
        return None
    number = int(status.removeprefix("SELECT "))
    return _Answer(production=bool(number & 1), pooled=bool(number & 2))


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
