"""One database: whose it is, who connects, what everybody may no longer do, its marker, the rights of services."""

import asyncpg

from trust_models.errors import ConfigurationError, EnvironmentMismatch
from trust_models.provisioning import plan
from trust_models.provisioning.plan import Place
from trust_models.provisioning.report import Line, Say
from trust_models.provisioning.steps import Steps
from trust_models.schema.catalogue import compare, snapshot
from trust_models.sql import load

__all__ = ["provision_database"]

UNMARKED = (
    "{database} is not marked, and its schema is its owner's already; as the owner, once it is upgraded, run:"
    " INSERT INTO trust.environment (name) VALUES ('{environment}')"
)


async def provision_database(connection: asyncpg.Connection, place: Place, say: Say, *, made: bool) -> None:
    """Do in one transaction what is still to be done in the database that `connection` is to.

    So an admin who is no superuser is a member of the owner for as long as nobody can see it. `made` says whether the
    database is new. Raises `EnvironmentMismatch` when it is marked as that of another environment.
    """
    steps = Steps(connection, say)
    async with connection.transaction():
        await steps.run(plan.HOLD)
        await _check(connection, place)
        had_schema = await connection.fetchval(load(plan.HAS_SCHEMA))
        await steps.run(*plan.BEFORE_MARKER)
        await _extend(connection, steps, place)
        if await _marked_as(connection) is None:
            if had_schema:
                say(Line("not done", UNMARKED.format(database=place.database, environment=place.environment.value)))
            else:
                await _mark(connection, steps)
        await _grant(connection, steps)
        await steps.run(*plan.AFTER_GRANTS)
    if not (made or steps.changed):
        say(Line("there", f"the database {place.database}, marked as {place.environment.value}, with its rights"))


async def _check(connection: asyncpg.Connection, place: Place) -> None:
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise ConfigurationError(
            f"The database {place.database} is encoded in {encoding}, which cannot hold every name.",
            hint="Dump it, make it anew in UTF8 and restore it.",
        )
    marked = await _marked_as(connection)
    if marked not in {None, place.environment.value}:
        raise EnvironmentMismatch(
            f"The database {place.database} is marked as {marked}, not as {place.environment.value}.",
            hint="Leave it, or let its owner mark it anew: a row in trust.environment, whose newest one counts.",
        )


async def _marked_as(connection: asyncpg.Connection) -> str | None:
    (tables,) = await connection.fetch(load(plan.READABLE))
    if not tables["has_marker"]:
        return None
    name = await connection.fetchval(load(plan.MARKED_AS))
    return None if name is None else str(name)


async def _extend(connection: asyncpg.Connection, steps: Steps, place: Place) -> None:
    """Make the extension as the owner of the database, who may then drop it."""
    await _become(connection, place.owner)
    await steps.run(plan.EXTENSION)
    await connection.execute("RESET ROLE")


async def _mark(connection: asyncpg.Connection, steps: Steps) -> None:
    """Make table, guard and marker from our own files, in the schema that this transaction has made."""
    await _become(connection, await connection.fetchval(load(plan.SCHEMA_OWNER)))
    for file in plan.MARKER_FILES:
        await connection.execute(load(file))
    await steps.run(plan.MARKER)
    await connection.execute("RESET ROLE")


async def _become(connection: asyncpg.Connection, role: str) -> None:
    await connection.execute("SELECT pg_catalog.set_config('role', $1, true)", role)


async def _grant(connection: asyncpg.Connection, steps: Steps) -> None:
    """Grant again what the migrations grant, in case that the roles came later; say what changed."""
    if not await _at_head(connection):
        return
    before = await snapshot(connection)
    for file in plan.GRANT_FILES:
        await steps.attempt(load(file), f"the rights of {file[7:-4]} stay as they are")
    for difference in compare(before, await snapshot(connection)):
        steps.done(f"granted {difference.key.name}")


async def _at_head(connection: asyncpg.Connection) -> bool:
    (tables,) = await connection.fetch(load(plan.READABLE))
    if not tables["has_migrations"]:
        return False
    return bool(await connection.fetchval(load(plan.AT_HEAD)))
