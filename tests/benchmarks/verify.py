"""Verification of the audit log: all of it, what is new alone, and the proof of one event."""

import argparse
import resource
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import asyncpg

from tests.benchmarks.report import Cell, Report, machine
from tests.benchmarks.server import migrated, progress
from tests.fixtures.cluster import connect
from tests.fixtures.ledgers import Folder, Ledger
from trust_models.ledger.verifier.claims import Claims
from trust_models.ledger.verifier.progress_file import Verified
from trust_models.ledger.verifier.proving import Prover
from trust_models.ledger.verifier.source import opened
from trust_models.ledger.verifier.verification import Verification

MEASURED = (
    "One connection, as trust_reader, the time to connect included but for the proof. Processor seconds are those of"
    " this process and of the server's. Megabytes are by how much this process grew while it verified."
)
EVENT = """
INSERT INTO public.audit_logs (actor_type, actor_id, action, outcome, entity_type, entity_id, metadata)
SELECT 'USER', trust.uuid_v7()::text, 'lab_session.complete', 'SUCCESS', 'lab_session', trust.uuid_v7()::text,
  jsonb_build_object('number', number, 'commit', repeat('5', 40), 'result', 'PASS')
FROM generate_series(1, $1::integer) AS number
"""
CONTEXT = '{"request_id": "0af76519-16cd-43dd-8448-eb211c80319c", "client_address": "192.0.2.7"}'
CHUNK = 100_000


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how much and how often."""
    parser.add_argument("--events", type=int, default=1_000_000, help="events in the log (1,000,000)")
    parser.add_argument("--new", type=int, default=1_000, help="events that come after a verification (1,000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often all is verified (3)")


@dataclass(frozen=True)
class Cost:
    """What something took."""

    seconds: float
    client: float
    server: float
    megabytes: float


class Meter:
    """Verifies, and says what it took."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    async def verify(self, since: Verified | None = None) -> tuple[Cost, Verified]:
        """Verify all, or what is new."""
        claims = Claims([self.ledger.signer.verifier], [self.ledger.folder], since, timedelta(minutes=5))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        begin, own = time.perf_counter(), time.process_time()
        async with opened(self.ledger.reader_url) as source:
            verification = Verification(source, claims, lambda _done, _total: None)
            report = await verification.run()
            server = processor_seconds(source._connection)
        cost = Cost(
            time.perf_counter() - begin,
            time.process_time() - own,
            server,
            (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024,
        )
        if report.findings or verification.verified is None:
            raise AssertionError(report.findings)
        return cost, verification.verified

    async def prove(self, events: int) -> float:
        """Return the median milliseconds of a proof, checked, on a connection that is open."""
        taken = []
        async with opened(self.ledger.reader_url) as source:
            prover = Prover(source, [self.ledger.signer.verifier])
            for number in range(1, events, max(events // 200, 1)):
                begin = time.perf_counter()
                await prover.prove(number)
                taken.append((time.perf_counter() - begin) * 1000)
        return statistics.median(taken)


def processor_seconds(connection: asyncpg.Connection) -> float:
    """Return how many seconds the connection's process has had a processor."""
    schedule = Path(f"/proc/{connection.get_server_pid()}/schedstat")
    return int(schedule.read_text(encoding="ascii").split()[0]) / 1e9


async def run(arguments: argparse.Namespace) -> Report:
    """Fill a log, then verify it and prove events of it."""
    async with migrated() as (cluster, database):
        with tempfile.TemporaryDirectory(prefix="trust-bench-", dir="/var/tmp") as folder:
            admin = await connect(cluster.url("admin", database))
            described = await machine(admin)
            ledger = Ledger(admin, cluster.url("reader", database), Folder(Path(folder)))
            await fill(ledger, arguments.events)
            meter = Meter(ledger)
            rows: list[dict[str, Cell]] = []
            for number in range(arguments.rounds):
                cost, verified = await meter.verify()
                rows.append(row(f"all, round {number + 1}", arguments.events, cost))
            await fill(ledger, arguments.new)
            cost, _ = await meter.verify(verified)
            rows.append(row("what is new", arguments.new, cost))
            proof = await meter.prove(arguments.events)
            empty: dict[str, Cell] = dict.fromkeys(rows[0], "")
            rows.append(empty | {"verified": "a proof", "seconds": round(proof / 1000, 5)})
            await admin.close()
    return Report("verify", described, MEASURED, rows)


async def fill(ledger: Ledger, events: int) -> None:
    """Write events, seal, sign and publish them."""
    for done in range(0, events, CHUNK):
        await write_events(ledger.admin, min(CHUNK, events - done))
        await ledger.seal()
        progress(f"{done + CHUNK:,} events")
    await ledger.admin.execute("VACUUM ANALYZE public.audit_logs")
    await ledger.sign()
    await ledger.publish()


async def write_events(admin: asyncpg.Connection, events: int) -> None:
    """Write events, with segments ahead of them."""
    await admin.execute("SELECT set_config('trust.context', $1, false)", CONTEXT)
    for done in range(0, events, CHUNK):
        await admin.execute("SELECT trust.ensure_audit_segments(4)")
        await admin.execute(EVENT, min(CHUNK, events - done))


def row(name: str, events: int, cost: Cost) -> dict[str, Cell]:
    """Return one line of the report."""
    taken = cost.client + cost.server
    return {
        "verified": name,
        "seconds": round(cost.seconds, 3),
        "events/s": round(events / cost.seconds),
        "processor s, client": round(cost.client, 3),
        "processor s, server": round(cost.server, 3),
        "processor s per 10 million": round(taken / events * 1e7, 1),
        "megabytes": round(cost.megabytes, 1),
    }
