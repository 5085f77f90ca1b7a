"""An audited verb of a repository against Tortoise's own transaction with the same change and no event."""

import argparse
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from typing import TypeAlias
from uuid import UUID

from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from tests.benchmarks.report import Cell, Report, Spread, machine
from tests.benchmarks.server import migrated, progress
from tests.fixtures import records
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.trail import OPERATOR, REQUEST
from trust_models import Database, UserRepository, acting_as
from trust_models.db.config import CONNECTION, service_config
from trust_models.models import User
from trust_models.settings import Settings

MEASURED = (
    "Microseconds of one change of one row, a transaction each, one after the other on one connection: the median of"
    " each round. The ratio is audited / plain of each pair of rounds: median (quartiles). Commits wait for the disk"
    " unless synchronous_commit is off."
)

SYNCHRONOUS_COMMIT = ("on", "off")

Change: TypeAlias = Callable[[UUID, str], Awaitable[object]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how long it may take."""
    parser.add_argument("--rounds", type=int, default=40, help="pairs of rounds (40)")
    parser.add_argument("--changes", type=int, default=200, help="changes in one round (200)")


async def audited_change(user: UUID, name: str) -> None:
    """Rename a user by the verb."""
    await UserRepository().rename(user, display_name=name)


async def plain_change(user: UUID, name: str) -> None:
    """Rename a user as code on Tortoise alone does."""
    async with in_transaction(CONNECTION):
        await User.filter(id=user).update(display_name=name)


@asynccontextmanager
async def plain(settings: Settings) -> AsyncIterator[TortoiseContext]:
    """Tortoise with its own backend for asyncpg, and nothing of the package's but the models."""
    config = service_config(settings)
    connection = config["connections"][CONNECTION]
    connection["engine"] = "tortoise.backends.asyncpg"
    for option in ("acquire_timeout", "environment"):
        del connection["credentials"][option]
    context = TortoiseContext()
    async with context:
        await context.init(config=config)
        yield context


async def median(change: Change, user: UUID, numbers: Iterator[int], changes: int) -> float:
    """Return the median time of several changes."""
    taken = []
    for _ in range(changes):
        name = f"Ada {next(numbers)}"
        begin = time.perf_counter()
        await change(user, name)
        taken.append((time.perf_counter() - begin) * 1e6)
    return Spread.of(taken).median


async def compare(settings: Settings, user: UUID, arguments: argparse.Namespace) -> tuple[list[float], list[float]]:
    """Measure both, round by round in turns; the first pair warms up."""
    found: tuple[list[float], list[float]] = ([], [])
    numbers = count()
    async with plain(settings) as context, Database(settings):
        for number in range(arguments.rounds + 1):
            with acting_as(OPERATOR, REQUEST):
                audited = await median(audited_change, user, numbers, arguments.changes)
            with context:
                bare = await median(plain_change, user, numbers, arguments.changes)
            if number:
                found[0].append(audited)
                found[1].append(bare)
    return found


async def run(arguments: argparse.Namespace) -> Report:
    """Measure with commits that wait for the disk, and with commits that do not."""
    async with migrated() as (cluster, database):
        owner = await connect(cluster.url("owner", database))
        user = (await records.user(owner))["id"]
        described = await machine(owner)
        rows = [await row(cluster, database, user, synchronous, arguments) for synchronous in SYNCHRONOUS_COMMIT]
        await owner.close()
    return Report("verb", described, MEASURED, rows)


async def row(
    cluster: Cluster, database: str, user: UUID, synchronous: str, arguments: argparse.Namespace
) -> dict[str, Cell]:
    """Measure with one value of synchronous_commit."""
    await cluster.admin.execute(f"ALTER DATABASE {database} SET synchronous_commit = {synchronous}")
    settings = cluster.settings(database, pool_max_size=1)
    audited, bare = await compare(settings, user, arguments)
    found: dict[str, Cell] = {
        "synchronous_commit": synchronous,
        "audited": round(Spread.of(audited).median),
        "plain": round(Spread.of(bare).median),
        "ratio": str(Spread.of([one / other for one, other in zip(audited, bare, strict=True)])),
    }
    progress(str(found))
    return found
