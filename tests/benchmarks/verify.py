"""Verification of the audit log: all of it, what is new alone, bytes in memory, and the proof of one event."""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import asyncpg

from tests.benchmarks.report import Cell, Report, machine
from tests.benchmarks.server import migrated, progress
from tests.fixtures.cluster import connect
from tests.fixtures.ledgers import Folder, Ledger
from trust_models.ledger.canonical import leaf_hashes
from trust_models.ledger.copy_stream import CopyStream
from trust_models.ledger.keys import Verifier
from trust_models.ledger.verifier.claims import Claims
from trust_models.ledger.verifier.progress_file import Verified
from trust_models.ledger.verifier.proving import Prover
from trust_models.ledger.verifier.snapshot import opened
from trust_models.ledger.verifier.tree import GrowingTree
from trust_models.ledger.verifier.verification import Verification
from trust_models.settings import DatabaseUrl

MEASURED = (
    "Each verification in a process of its own, over one connection, as trust_reader, the time to connect included."
    " Processor seconds are those of this process and of the server's. Megabytes are by how much the process grew while"
    " it verified. In memory: what COPY wrote, hashed to the root that was signed, on one processor. The proof: the"
    " median of 200, on a connection that is open."
)
EVENT = """
INSERT INTO public.audit_logs (actor_type, actor_id, action, outcome, entity_type, entity_id, metadata, context)
SELECT 'USER', trust.uuid_v7()::text, 'lab_session.complete', 'SUCCESS', 'lab_session', trust.uuid_v7()::text,
  jsonb_build_object('number', number, 'commit', repeat('5', 40), 'result', 'PASS'), $2::jsonb
FROM generate_series(1, $1::integer) AS number
"""
CONTEXT = json.dumps(
    {"request_id": "req-0af76519-16cd-43dd-8448-eb211c80319c", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}
)
CHUNK = 100_000
PIECE = 1 << 18
PROOFS = 200
IN_MEMORY, NEW, PROOF = "all, in memory", "what is new", "a proof"


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
    server: float = 0
    megabytes: float = 0


@dataclass(frozen=True)
class Verifying:
    """A verification of all, or of what is new, that a process of its own can do."""

    url: DatabaseUrl
    key: str
    folder: Folder
    since: Verified | None = None

    async def measured(self) -> tuple[Cost, Verified]:
        """Do it in a new process; what others have left in its memory would hide by how much it grows."""
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
            return await asyncio.get_running_loop().run_in_executor(process, self.measured_here)

    def measured_here(self) -> tuple[Cost, Verified]:
        """Do it in this process."""
        return asyncio.run(self._verify())

    async def _verify(self) -> tuple[Cost, Verified]:
        claims = Claims([Verifier.parse(self.key)], [self.folder], self.since, timedelta(minutes=5))
        memory = kilobytes("VmRSS")
        begin, own = time.perf_counter(), time.process_time()
        async with opened(self.url) as source:
            verification = Verification(source, claims, lambda _done, _total: None)
            report = await verification.run()
            server = processor_seconds(source._connection)
        taken = time.perf_counter() - begin, time.process_time() - own
        if report.findings or verification.verified is None:
            raise AssertionError(report.findings)
        return Cost(*taken, server, (kilobytes("VmHWM") - memory) / 1024), verification.verified


async def prove(ledger: Ledger, events: int) -> float:
    """Return the median seconds of a proof, checked, on a connection that is open."""
    taken = []
    async with opened(ledger.reader_url) as source:
        prover = Prover(source, [ledger.signer.verifier])
        for number in range(1, events, max(events // PROOFS, 1)):
            begin = time.perf_counter()
            await prover.prove(number)
            taken.append(time.perf_counter() - begin)
    return statistics.median(taken)


async def in_memory(ledger: Ledger, events: int) -> tuple[Cost, int]:
    """Hash the whole log, of which a part after the other is in memory; return what the hashing took, and the bytes."""
    tree, size = GrowingTree(), 0
    seconds = client = 0.0
    for first in range(1, events + 1, CHUNK):
        copied = BytesIO()
        query = f"SELECT * FROM public.audit_logs WHERE id BETWEEN {first} AND {first + CHUNK - 1} ORDER BY tx_id, id"  # noqa: S608 - numbers
        await ledger.admin.copy_from_query(query, output=copied, format="binary")
        data = copied.getvalue()
        begin, own = time.perf_counter(), time.process_time()
        stream = CopyStream()
        for at in range(0, len(data), PIECE):
            canonical = stream.feed(data[at : at + PIECE])
            tree.append(leaf_hashes(canonical))
            size += len(canonical)
        stream.finish()
        seconds += time.perf_counter() - begin
        client += time.process_time() - own
    if tree.head() != await ledger.head():
        raise AssertionError("this is not the tree that was signed")
    return Cost(seconds, client), size


def kilobytes(what: str) -> int:
    """Return a number of kilobytes that the kernel says of this process's memory: VmRSS now, VmHWM at most."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (one for one in status.splitlines() if one.startswith(f"{what}:"))
    return int(line.split()[1])


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
            rows, canonical = await measure(ledger, arguments)
            await admin.close()
    return Report("verify", described, f"{MEASURED} An event has {canonical} canonical bytes.", rows)


async def measure(ledger: Ledger, arguments: argparse.Namespace) -> tuple[list[dict[str, Cell]], int]:
    """Return what each way takes, and how many canonical bytes an event has."""
    events = arguments.events
    everything = Verifying(ledger.reader_url, ledger.key, ledger.folder)
    costs = []
    for number in range(arguments.rounds):
        cost, verified = await everything.measured()
        costs.append(cost)
        progress(f"verified, round {number + 1}: {events / cost.seconds:,.0f} events/s")
    whole = statistics.median(cost.seconds for cost in costs)
    rows = [row(f"all, round {number}", events, cost, whole) for number, cost in enumerate(costs, 1)]
    offline, size = await in_memory(ledger, events)
    rows.append(row(IN_MEMORY, events, offline, whole))
    await fill(ledger, arguments.new)
    cost, _ = await Verifying(ledger.reader_url, ledger.key, ledger.folder, verified).measured()
    rows.append(row(NEW, arguments.new, cost, whole))
    empty: dict[str, Cell] = dict.fromkeys(rows[0], "")
    rows.append(empty | {"verified": PROOF, "seconds": f"{await prove(ledger, events):.5f}"})
    return rows, round(size / events)


async def fill(ledger: Ledger, events: int) -> None:
    """Write events, seal, sign and publish them."""
    for done in range(0, events, CHUNK):
        await write_events(ledger.admin, min(CHUNK, events - done))
        await ledger.seal()
        progress(f"{min(done + CHUNK, events):,} events")
    await ledger.admin.execute("VACUUM ANALYZE public.audit_logs")
    await ledger.sign()
    await ledger.publish()


async def write_events(admin: asyncpg.Connection, events: int) -> None:
    """Write events, with segments ahead of them."""
    for done in range(0, events, CHUNK):
        await admin.execute("SELECT trust.ensure_audit_segments(4)")
        await admin.execute(EVENT, min(CHUNK, events - done), CONTEXT)


def row(name: str, events: int, cost: Cost, whole: float) -> dict[str, Cell]:
    """Return one line of the report; `whole` are the seconds that all takes over a connection."""
    taken = cost.client + cost.server
    return {
        "verified": name,
        "seconds": round(cost.seconds, 3),
        "share of all": f"{cost.seconds / whole:.2%}",
        "events/s": f"{events / cost.seconds:,.0f}",
        "processor s, client": round(cost.client, 3),
        "processor s, server": round(cost.server, 3),
        "processor s per 10 million": round(taken / events * 1e7, 1),
        "megabytes": round(cost.megabytes, 1),
    }
