"""That a run has changed nothing: a look at the database from outside of it, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from trust_models.attack.evidence import address
from trust_models.schema.catalogue import Catalogue, compare, snapshot
from trust_models.sql import load


@dataclass(frozen=True)
class State:
    """What others see of a database: its catalogue, and how many rows each table has, as far as the role may count."""

    catalogue: Catalogue
    rows: dict[str, int]


async def look(connection: asyncpg.Connection) -> State:
    """Look at the database; a table that takes too long to count is left out."""
    rows: dict[str, int] = {}
    for record in await connection.fetch(load("queries/attack_countable.sql")):
        try:
            rows[record["name"]] = await connection.fetchval(f"SELECT count(*) FROM {record['name']}")  # noqa: S608 - quoted
        except (asyncpg.QueryCanceledError, asyncpg.LockNotAvailableError):
            continue
    return State(await snapshot(connection), rows)


async def damage(connection: asyncpg.Connection, before: State, after: State, *, marks: Sequence[str]) -> list[str]:
    """Return what is not as before, or was left behind by the runs with these marks; nothing when all is well."""
    found = [f"the catalogue: {one.change} {one.key}" for one in compare(before.catalogue, after.catalogue)]
    found += [
        f"{table} has {after.rows[table]} rows, and had {count}"
        for table, count in before.rows.items()
        if after.rows.get(table, count) < count
    ]
    if await connection.fetchval(load("queries/attack_leftovers.sql"), marks, [address(mark) for mark in marks]):
        found.append("a record, a role or a prepared transaction of the attack was left behind")
    return found


def written_meanwhile(before: State, after: State) -> int:
    """Count the rows that others have added."""
    return sum(max(0, after.rows.get(table, count) - count) for table, count in before.rows.items())
