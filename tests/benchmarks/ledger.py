"""The sealer at work: what it costs writers, how late a leaf comes, what it misses, and how fast it catches up."""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import asyncpg

from tests.benchmarks.guards import Writer, connected, rate
from tests.benchmarks.report import Cell, Report, Spread, machine
from tests.benchmarks.server import migrated, progress
from tests.benchmarks.twins import PAIRS
from tests.benchmarks.verify import write_events
from tests.fixtures.addresses import urls
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.ledger import leaves, until, write
from tests.fixtures.many_writers import write_in_every_way
from tests.fixtures.program import Program

MEASURED = (
    "`trust-models audit seal --every 0.25s` in a process of its own, which signs and publishes in a folder, in memory"
    " where there is such a one: what is published does not belong on the database's disk. Writing is rows per second"
    " with it / without it, of pairs of rounds: median (quartiles); one INSERT per transaction, as trust_app, over"
    " asyncpg; commits wait for the disk."
)
EVERY = 0.25
WRITING = {
    "1 writer": (1, EVERY),
    "16 writers": (16, EVERY),
    "16 writers, looking every second": (16, 1.0),
}
"""How many write, and how many seconds are between two rounds of the sealer."""
BUSY_WRITERS = 12
BATCH = 20_000
_ALL_SEALED = "SELECT count(*) = (SELECT size FROM trust.audit_ledger) FROM public.audit_logs"
(AUDIT_LOGS,) = (pair for pair in PAIRS if pair.table == "audit_logs")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how much and how long."""
    parser.add_argument("--rounds", type=int, default=12, help="pairs of rounds with and without the sealer (12)")
    parser.add_argument("--seconds", type=float, default=3, help="the length of one round (3)")
    parser.add_argument("--runs", type=int, default=5, help="runs of writers that roll back, overtake, take long (5)")
    parser.add_argument("--probes", type=int, default=100, help="events whose leaves are waited for (100)")
    parser.add_argument("--events", type=int, default=500_000, help="events that are sealed at one go (500,000)")


@asynccontextmanager
async def prepared(cluster: Cluster, database: str) -> AsyncIterator[Program]:
    """The program with a new key and a place to publish at."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    with tempfile.TemporaryDirectory(prefix="trust-bench-", dir=memory if memory.is_dir() else None) as folder:
        program = Program(Path(folder), environment=urls(cluster, database))
        await program.run("audit", "keygen", "example.org/bench")
        place = Path(folder) / "published"
        place.mkdir()
        ledger = {"TRUST_LEDGER_KEY_FILE": f"{folder}/ledger.key", "TRUST_LEDGER_PUBLISH": str(place)}
        yield replace(program, environment={**program.environment, **ledger})


@asynccontextmanager
async def sealing(program: Program, connection: asyncpg.Connection, *, every: float = EVERY) -> AsyncIterator[None]:
    """Let it seal meanwhile, from when it has caught up."""
    await write(connection)
    async with program.started("audit", "seal", "--every", f"{every}s", output=asyncio.subprocess.DEVNULL):
        await until(_ALL_SEALED, connection)
        await asyncio.sleep(2 * EVERY)
        yield


async def writing(
    cluster: Cluster, database: str, program: Program, setting: str, arguments: argparse.Namespace
) -> dict[str, Cell]:
    """Compare the rates of writers in turns, each first in every second pair."""
    ratios = []
    number, every = WRITING[setting]
    async with connected(cluster, database, number) as connections:
        parents = [(await AUDIT_LOGS.parent(one))["id"] for one in connections]
        writers = [Writer(one, parent, count(1)) for one, parent in zip(connections, parents, strict=True)]

        async def alone() -> float:
            return await rate(writers, AUDIT_LOGS.guarded, arguments.seconds)

        async def beside() -> float:
            async with sealing(program, connections[0], every=every):
                return await alone()

        await beside()
        for turn in range(arguments.rounds):
            if turn % 2:
                with_it, without = await beside(), await alone()
            else:
                without, with_it = await alone(), await beside()
            ratios.append(with_it / without)
    return row(f"writing beside the sealer, {setting}", Spread.of(ratios))


async def missed(cluster: Cluster, database: str, program: Program, arguments: argparse.Namespace) -> dict[str, Cell]:
    """Count the leaves that are missing, there twice, or of no event, after each of some runs."""
    wrong: Counter[str] = Counter()
    async with connected(cluster, database, BUSY_WRITERS + 1) as connections:
        own, *busy = connections
        begin = await own.fetchval("SELECT count(*) FROM public.audit_logs")
        for number in range(arguments.runs):
            async with sealing(program, own):
                end = asyncio.get_running_loop().time() + arguments.seconds
                chances = [random.Random(f"{number} {at}") for at in range(len(busy))]  # noqa: S311 - no secret
                await asyncio.gather(*map(write_in_every_way, busy, chances, [end] * len(busy)))
                await until(_ALL_SEALED, own)
            wrong += await differences(own)
        events = await own.fetchval("SELECT count(*) FROM public.audit_logs") - begin
    found = ", ".join(str(wrong[kind]) for kind in ("missed", "doubled", "phantom"))
    return row(f"leaves missed, doubled, phantom, of {events:,} events in {arguments.runs} runs", found)


async def differences(connection: asyncpg.Connection) -> Counter[str]:
    """Compare the events with those that have a leaf."""
    sealed = Counter(await leaves(connection))
    events = {one["id"] for one in await connection.fetch("SELECT id FROM public.audit_logs")}
    doubled = sum(number - 1 for number in sealed.values())
    return Counter(missed=len(events - sealed.keys()), doubled=doubled, phantom=len(sealed.keys() - events))


async def lag(connection: asyncpg.Connection, program: Program, probes: int) -> dict[str, Cell]:
    """Measure how long it is from the end of an event's transaction to its leaf."""
    taken = []
    async with sealing(program, connection):
        for _ in range(probes):
            await asyncio.sleep(random.random() * EVERY)  # noqa: S311 - not in step with the sealer
            (event,) = await write(connection)
            begin = time.perf_counter()
            await until(f"SELECT sealed_id >= {event} FROM trust.audit_ledger", connection, every=0.005)  # noqa: S608
            taken.append(time.perf_counter() - begin)
    late = sorted(taken)[int(len(taken) * 0.95)]
    return row(f"seconds to the leaf, looking every {EVERY}: p50, p95", f"{statistics.median(taken):.2f}, {late:.2f}")


async def bulk(connection: asyncpg.Connection, admin: asyncpg.Connection, events: int) -> dict[str, Cell]:
    """Measure how fast the sealer's steps catch up."""
    await write_events(admin, events)
    begin, sealed = time.perf_counter(), 0
    while done := await connection.fetchval("SELECT sealed FROM trust.seal_audit_log($1)", BATCH):
        sealed += done
    return row(f"events/s, {sealed:,} sealed at one go", round(sealed / (time.perf_counter() - begin)))


def row(what: str, result: Spread | Cell) -> dict[str, Cell]:
    """Return one line of the report."""
    found: dict[str, Cell] = {"what": what, "result": str(result) if isinstance(result, Spread) else result}
    progress(str(found))
    return found


async def run(arguments: argparse.Namespace) -> Report:
    """Measure one after the other, on one server."""
    rows: list[dict[str, Cell]] = []
    async with migrated() as (cluster, database), prepared(cluster, database) as program:
        admin = await connect(cluster.url("admin", database))
        described = await machine(admin)
        rows += [await writing(cluster, database, program, setting, arguments) for setting in WRITING]
        rows.append(await missed(cluster, database, program, arguments))
        async with connected(cluster, database, 1) as connections:
            rows.append(await lag(connections[0], program, arguments.probes))
            rows.append(await bulk(connections[0], admin, arguments.events))
        await admin.close()
    return Report("ledger", described, MEASURED, rows)
