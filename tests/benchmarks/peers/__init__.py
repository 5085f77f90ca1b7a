"""One audited change by this package against the same change by what people would pick instead."""

import argparse
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from importlib.metadata import version
from statistics import median

from tests.benchmarks.peers.worker import Worker, started
from tests.benchmarks.report import Cell, Report, Spread, machine
from tests.benchmarks.server import migrated, progress
from tests.fixtures.bookkeeping import connected

MEASURED = (
    "Milliseconds of one audited change: an UPDATE of three columns of one row in a transaction, with what they were,"
    " what they became, who acted and for which request. p50 of all changes (quartiles). The ratio is ours / theirs of"
    " each round's medians: median (quartiles). Commits wait for the disk."
)

WARMING_UP = 2


@dataclass(frozen=True)
class Peer:
    """Somebody who makes the change: the module that knows how, and the distributions that it uses.

    All but asyncpg's are in the dependency group `bench`.
    """

    name: str
    module: str
    distributions: Sequence[str]


OURS = Peer("trust_models", "ours", ("tortoise-orm",))
PEERS = (
    Peer("asyncpg", "naive", ("asyncpg",)),
    Peer("django-pghistory", "pghistory_peer", ("django", "django-pghistory", "psycopg")),
    Peer("django-pghistory, async", "pghistory_async_peer", ("django", "django-pghistory", "psycopg", "asgiref")),
    Peer("PostgreSQL-Audit", "postgresql_audit_peer", ("sqlalchemy", "postgresql-audit")),
    Peer("SQLAlchemy-Continuum", "continuum_peer", ("sqlalchemy-continuum",)),
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how often, and against whom."""
    parser.add_argument("--rounds", type=int, default=60, help="rounds of each (60)")
    parser.add_argument("--changes", type=int, default=25, help="changes in one round (25)")
    parser.add_argument("--peer", choices=[peer.name for peer in PEERS], help="this peer only")


async def measure(workers: Sequence[Worker], arguments: argparse.Namespace) -> list[list[list[float]]]:
    """Have changes made in rounds that take turns, another one first in each; the first two rounds warm up."""
    taken: list[list[list[float]]] = [[] for _ in workers]
    for turn in range(-WARMING_UP, arguments.rounds):
        for place in ((turn + step) % len(workers) for step in range(len(workers))):
            seconds = await workers[place].changes(1 + (turn + WARMING_UP) * arguments.changes, arguments.changes)
            if turn >= 0:
                taken[place].append([1000 * one for one in seconds])
    return taken


def row(peer: Peer, times: list[list[float]], ours: list[list[float]]) -> dict[str, Cell]:
    """Compare the rounds of one peer with ours."""
    ratios = [median(mine) / median(theirs) for mine, theirs in zip(ours, times, strict=True)]
    found: dict[str, Cell] = {
        "who": peer.name,
        "milliseconds": str(Spread.of([one for each in times for one in each])),
        "ours / theirs": str(Spread.of(ratios)),
    }
    progress(str(found))
    return found


async def run(arguments: argparse.Namespace) -> Report:
    """Measure all of them on one server."""
    peers = [OURS, *(peer for peer in PEERS if arguments.peer in {None, peer.name})]
    async with migrated() as (cluster, database), AsyncExitStack() as stack:
        async with connected(cluster.url("admin", database)) as admin:
            described = await machine(admin)
        workers = [await stack.enter_async_context(started(peer.module, cluster, database)) for peer in peers]
        taken = await measure(workers, arguments)
    versions = {name: version(name) for peer in peers for name in peer.distributions}
    rows = [row(peer, times, taken[0]) for peer, times in zip(peers, taken, strict=True)]
    return Report("peers", described | versions, MEASURED, rows)
