"""Inserts with every guard and forced column against the same inserts without any."""

import argparse
import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count, cycle

import asyncpg

from tests.benchmarks.report import Cell, Report, Spread, machine
from tests.benchmarks.server import migrated, progress
from tests.benchmarks.twins import PAIRS, Pair, Statement, make_twins
from tests.fixtures.cluster import Cluster, connect

MEASURED = (
    "Rows per second; one INSERT per transaction, as trust_app, over asyncpg; commits wait for the disk."
    " The ratio is guarded / bare of each pair of rounds: median (quartiles)."
)
WRITERS = (1, 8)
MOST_WRITERS = 16


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how long it may take."""
    parser.add_argument("--rounds", type=int, default=40, help="pairs of rounds for each row (40)")
    parser.add_argument("--seconds", type=float, default=0.25, help="the length of one round (0.25)")
    parser.add_argument("--table", choices=[pair.table for pair in PAIRS], help="this table only")


@dataclass
class Writer:
    """A connection with a parent to write below, and the numbers of the rows."""

    connection: asyncpg.Connection
    parent: object
    numbers: Iterator[int]

    async def write(self, statement: Statement, until: float) -> int:
        """Insert one row after the other until a moment, and return how many."""
        insert = await self.connection.prepare(statement.text)
        written = 0
        while written == 0 or time.perf_counter() < until:
            await insert.fetchval(*statement.arguments(self.parent, next(self.numbers)))
            written += 1
        return written


async def rate(writers: Sequence[Writer], statement: Statement, seconds: float) -> float:
    """Let all writers write at once, and return the rows per second."""
    begin = time.perf_counter()
    written = await asyncio.gather(*(writer.write(statement, begin + seconds) for writer in writers))
    return sum(written) / (time.perf_counter() - begin)


@dataclass(frozen=True)
class Setting:
    """How many write into a table at once, below how many parents, and what the guarded write is compared with."""

    pair: Pair
    writers: int
    parents: int
    bare: Statement
    note: str = ""


def settings_of(pair: Pair) -> Iterator[Setting]:
    """The rows of one table: each number of writers, and what it costs that the database does the numbering."""
    for writers in WRITERS:
        yield Setting(pair, writers, writers, pair.bare)
    if pair.knowing:
        most = max(WRITERS)
        yield Setting(pair, most, most, pair.knowing, ", numbers known")
        yield Setting(pair, most, 1, pair.knowing, ", one parent")
    if pair.plain:
        yield Setting(pair, 1, 1, pair.plain, ", no rule in the twin")
        yield Setting(pair, MOST_WRITERS, MOST_WRITERS, pair.plain, ", no rule in the twin")


async def compare(
    writers: Sequence[Writer], setting: Setting, arguments: argparse.Namespace
) -> tuple[list[float], list[float]]:
    """Measure both, round by round in turns, each first in every second pair; the first pair warms up."""
    rates: tuple[list[float], list[float]] = ([], [])
    for number in range(arguments.rounds + 1):
        order = [(0, setting.pair.guarded), (1, setting.bare)]
        for place, statement in order if number % 2 else order[::-1]:
            measured = await rate(writers, statement, arguments.seconds)
            if number:
                rates[place].append(measured)
    return rates


@asynccontextmanager
async def connected(cluster: Cluster, database: str, number: int) -> AsyncIterator[list[asyncpg.Connection]]:
    """Several connections of a service."""
    connections = [await connect(cluster.url("app", database)) for _ in range(number)]
    try:
        yield connections
    finally:
        for connection in connections:
            await connection.close()


async def row(cluster: Cluster, database: str, setting: Setting, arguments: argparse.Namespace) -> dict[str, Cell]:
    """Measure one setting, below parents that are new."""
    async with connected(cluster, database, setting.writers) as connections:
        series = [((await setting.pair.parent(connections[0]))["id"], count(1)) for _ in range(setting.parents)]
        writers = [Writer(one, *parent) for one, parent in zip(connections, cycle(series), strict=False)]
        guarded, bare = await compare(writers, setting, arguments)
    ratios = Spread.of([one / other for one, other in zip(guarded, bare, strict=True)])
    found: dict[str, Cell] = {
        "table": setting.pair.table,
        "writers": f"{setting.writers}{setting.note}",
        "guarded/s": round(Spread.of(guarded).median),
        "bare/s": round(Spread.of(bare).median),
        "ratio": str(ratios),
    }
    progress(str(found))
    return found


async def run(arguments: argparse.Namespace) -> Report:
    """Measure every table with every number of writers."""
    rows = []
    async with migrated() as (cluster, database):
        owner = await connect(cluster.url("owner", database))
        await make_twins(owner)
        described = await machine(owner)
        for pair in PAIRS:
            if arguments.table in {None, pair.table}:
                rows += [await row(cluster, database, setting, arguments) for setting in settings_of(pair)]
        await owner.close()
    return Report("guards", described, MEASURED, rows)
