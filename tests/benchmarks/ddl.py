"""A DDL statement in each state of the schema, with few rows in an append-only table and with many."""

import argparse
import time
from collections.abc import Awaitable, Callable, Mapping

import asyncpg

from tests.benchmarks.report import Cell, Report, Spread, machine
from tests.benchmarks.server import migrated, progress
from tests.benchmarks.twins import CONTENT
from tests.fixtures import records
from tests.fixtures.cluster import connect
from trust_models.schema.lock.engage import engage
from trust_models.settings import DatabaseUrl

MEASURED = (
    "Milliseconds of CREATE TABLE and DROP TABLE together, in a schema of their own, as a superuser:"
    " median (quartiles)."
)
BATCH = 10_000

State = Callable[[asyncpg.Connection, DatabaseUrl], Awaitable[None]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how many rows and how often."""
    parser.add_argument("--rows", type=int, nargs="+", default=[0, 100_000, 500_000], help="rows in lesson_versions")
    parser.add_argument("--rounds", type=int, default=100, help="times that the statements are run (100)")


async def leave_open(_admin: asyncpg.Connection, _url: DatabaseUrl) -> None:
    """Leave everything as migrations made it."""


async def watch(admin: asyncpg.Connection, _url: DatabaseUrl) -> None:
    """Put event triggers in place that do nothing: what PostgreSQL itself takes for them."""
    await admin.execute("""
        CREATE FUNCTION ddl.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
        CREATE EVENT TRIGGER ddl_watch_end ON ddl_command_end EXECUTE FUNCTION ddl.watch();
        CREATE EVENT TRIGGER ddl_watch_drop ON sql_drop EXECUTE FUNCTION ddl.watch()""")


async def lock(_admin: asyncpg.Connection, url: DatabaseUrl) -> None:
    """Engage the schema lock, event triggers and all."""
    await engage(url)


STATES: Mapping[str, State] = {"open": leave_open, "event triggers that do nothing": watch, "locked": lock}
"""How to bring a database into each state, by its name, one after the other."""


async def fill(app: asyncpg.Connection, rows: int) -> None:
    """Bring lesson_versions to `rows` rows, each lesson with a hundred versions."""
    while (missing := rows - await app.fetchval("SELECT count(*) FROM lesson_versions")) > 0:
        async with app.transaction():
            for _ in range(0, min(missing, BATCH), 100):
                lesson = (await records.lesson(app))["id"]
                await app.execute(
                    "INSERT INTO lesson_versions (lesson_id, content) SELECT $1, $2 FROM generate_series(1, 100)",
                    lesson,
                    CONTENT,
                )


async def milliseconds(admin: asyncpg.Connection, rounds: int) -> Spread:
    """Run the statements again and again."""
    taken = []
    for _ in range(rounds):
        begin = time.perf_counter()
        await admin.execute("CREATE TABLE ddl.probe (id uuid PRIMARY KEY)")
        await admin.execute("DROP TABLE ddl.probe")
        taken.append((time.perf_counter() - begin) * 1000)
    return Spread.of(taken)


async def run(arguments: argparse.Namespace) -> Report:
    """Measure each state with each number of rows; each state has a database of its own."""
    found: list[dict[str, Cell]] = []
    described: dict[str, str] = {}
    for state, enter in STATES.items():
        async with migrated() as (cluster, database):
            url = cluster.url("admin", database)
            admin = await connect(url)
            app = await connect(cluster.url("app", database))
            await admin.execute("CREATE SCHEMA ddl")
            await enter(admin, url)
            described = described or await machine(admin)
            await milliseconds(admin, 5)  # warms up
            for rows in sorted(arguments.rows):
                await fill(app, rows)
                spread = await milliseconds(admin, arguments.rounds)
                progress(f"{state}, {rows} rows: {spread}")
                found.append({"schema": state, "rows": rows, "milliseconds": str(spread)})
            await app.close()
            await admin.close()
    return Report("ddl", described, MEASURED, found)
