"""Changes of critical tables that are captured against the same changes that are not."""

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.benchmarks.report import Cell, Report, Spread, machine
from tests.benchmarks.server import migrated, progress
from tests.fixtures import records
from tests.fixtures.cluster import connect

MEASURED = (
    "Time that the server's process had a processor: microseconds per one-row statement, each a transaction of its own,"
    " as trust_app, without waiting for the disk; milliseconds per bulk statement, as the owner. Three columns of"
    " labs. The ratio is captured / not captured of each pair of rounds: median (quartiles)."
)

CHANGES = ("update", "insert", "bulk")
"""What is measured: each a method of `Server`."""

UPDATE = "UPDATE labs SET title = 'Title ' || $2::int, difficulty = $3, estimated_minutes = $2 WHERE id = $1"
INSERT = "INSERT INTO labs (slug, title, difficulty, estimated_minutes) VALUES ('x' || $1::int, 'A lab', 'BEGINNER', 1)"
BULK = (
    "UPDATE labs SET title = title || 'x', estimated_minutes = estimated_minutes + 1,"
    " difficulty = CASE difficulty WHEN 'BEGINNER' THEN 'ADVANCED' ELSE 'BEGINNER' END WHERE slug LIKE 'bulk-%'"
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how much and how often."""
    parser.add_argument("--rounds", type=int, default=15, help="pairs of rounds (15)")
    parser.add_argument("--statements", type=int, default=400, help="one-row statements in one round (400)")
    parser.add_argument("--rows", type=int, default=10_000, help="rows of a bulk statement (10,000)")


@dataclass
class Server:
    """A service's and the owner's connection, and a lab to change."""

    app: asyncpg.Connection
    owner: asyncpg.Connection
    lab: object
    statements: int
    number: int = 0

    async def update(self) -> float:
        """Change one row again and again; return microseconds for each."""
        statement = await self.app.prepare(UPDATE)

        async def change() -> None:
            self.number += 1
            await statement.fetch(self.lab, self.number, ("BEGINNER", "ADVANCED")[self.number % 2])

        return await self._each(change)

    async def insert(self) -> float:
        """Insert row after row; return microseconds for each."""
        statement = await self.app.prepare(INSERT)

        async def add() -> None:
            self.number += 1
            await statement.fetch(self.number)

        return await self._each(add)

    async def bulk(self) -> float:
        """Change many rows at once, and undo it; return milliseconds."""
        transaction = self.owner.transaction()
        await transaction.start()
        begin = await processor_time(self.owner)
        await self.owner.execute(BULK)
        taken = await processor_time(self.owner) - begin
        await transaction.rollback()
        await self.owner.execute("VACUUM labs")
        return taken / 1000

    async def _each(self, step: Callable[[], Awaitable[None]]) -> float:
        for _ in range(20):  # warms up
            await step()
        begin = await processor_time(self.app)
        for _ in range(self.statements):
            await step()
        return (await processor_time(self.app) - begin) / self.statements


async def processor_time(connection: asyncpg.Connection) -> float:
    """Return how many microseconds the connection's process has had a processor."""
    schedule = Path(f"/proc/{connection.get_server_pid()}/schedstat")
    return int(schedule.read_text(encoding="ascii").split()[0]) / 1000


async def compare(server: Server, kind: str, rounds: int) -> dict[str, Cell]:
    """Measure one kind of change both ways, round by round in turns; the first pair warms up."""
    measure: Callable[[], Awaitable[float]] = getattr(server, kind)
    found: dict[bool, list[float]] = {True: [], False: []}
    for number in range(rounds + 1):
        for captured in (True, False) if number % 2 else (False, True):
            state = "ENABLE ALWAYS" if captured else "DISABLE"
            await server.owner.execute(f"ALTER TABLE labs {state} TRIGGER t90_capture")
            taken = await measure()
            if number:
                found[captured].append(taken)
    ratios = [one / other for one, other in zip(found[True], found[False], strict=True)]
    row: dict[str, Cell] = {
        "change": kind,
        "captured": round(Spread.of(found[True]).median, 1),
        "not captured": round(Spread.of(found[False]).median, 1),
        "ratio": str(Spread.of(ratios)),
    }
    progress(str(row))
    return row


async def run(arguments: argparse.Namespace) -> Report:
    """Measure one-row changes, then a bulk change in the session of the owner, which made single changes before."""
    async with migrated() as (cluster, database):
        app, owner = [await connect(cluster.url(role, database)) for role in ("app", "owner")]
        await app.execute("SET synchronous_commit = off")
        await app.execute("SET trust.actor_type = 'USER'")
        await app.execute("SET trust.actor_id = '018f3f4e-0000-7000-8000-000000000001'")
        await app.execute("""SET trust.context = '{"request_id": "req-1", "client_address": "192.0.2.7"}'""")
        await owner.execute(
            "INSERT INTO labs (slug, title, difficulty, estimated_minutes)"
            " SELECT 'bulk-' || n, 'A', 'BEGINNER', 1 FROM generate_series(1, $1::integer) AS n",
            arguments.rows,
        )
        server = Server(app, owner, (await records.lab(app))["id"], arguments.statements)
        for number in range(50):
            await owner.execute(UPDATE, server.lab, number + 1, "BEGINNER")
        rows = [await compare(server, kind, arguments.rounds) for kind in CHANGES]
        described = await machine(owner)
        await app.close()
        await owner.close()
    return Report("capture", described, MEASURED, rows)
