"""Denials when there are many, when the log stands still, and when everything ends: the service goes on."""

import asyncio
import sys
import time
import tracemalloc
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.cluster import Cluster
from tests.fixtures.denials import ask_for_too_much, connections, refusals, settled, standing_still
from tests.fixtures.processes import happens
from tests.fixtures.program import Program
from tests.fixtures.trail import OPERATOR, Trail
from trust_models import Database, Entity, FeatureFlagRepository, acting_as, audited, transaction
from trust_models.db.denials import CONNECTIONS, QUEUE_SIZE
from trust_models.errors import AuditNotRecorded, DatabaseUnavailable, PermissionDenied, TimedOut
from trust_models.models import AuditLog, FeatureFlag

THING = Entity("thing", "7")
SOON = 5.0
"""Seconds; milliseconds are expected, but the machine may be busy."""

trail = Trail()


async def storm(*, tasks: int, each: int) -> None:
    """Be denied again and again, from many tasks at once."""

    async def one() -> None:
        for _ in range(each):
            with pytest.raises(PermissionDenied):
                await ask_for_too_much()

    await asyncio.gather(*(one() for _ in range(tasks)))


async def in_operation() -> None:
    """Fail in an audited operation."""
    async with audited("thing.make", THING, actor=OPERATOR):
        raise KeyError


# Many


async def test_a_storm_neither_blocks_nor_starves_the_service(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with Database(cluster.settings(database, pool_max_size=2, acquire_timeout=SOON)) as db:
        over = asyncio.create_task(storm(tasks=50, each=40))
        took = []
        carrying = 0
        while not over.done():
            started = time.monotonic()
            with acting_as(OPERATOR):
                await FeatureFlagRepository().enable("one")
            with pytest.raises(KeyError):
                await in_operation()
            took.append(time.monotonic() - started)
            carrying = max(carrying, await connections(admin))
        await over
        await settled(db, 2000)
        assert db.denials.written == len(await refusals())
        assert db.denials.written + db.denials.dropped == 2000
        assert await AuditLog.filter(action="thing.make").count() == len(took)
    assert len(took) > 3
    assert max(took) < SOON / 2, f"a verb took {max(took):.2f} seconds"
    assert 1 <= carrying <= CONNECTIONS


async def test_while_the_log_stands_still_the_service_goes_on(
    cluster: Cluster, database: str, admin: asyncpg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """What is refused is kept up to a limit, and told once."""
    async with Database(cluster.settings(database, pool_max_size=1, acquire_timeout=SOON)) as db:
        async with standing_still(admin):
            await asyncio.wait_for(storm(tasks=10, each=QUEUE_SIZE // 10 + 20), 60)
            assert await asyncio.wait_for(FeatureFlag.all().count(), SOON) == 0
            assert (db.denials.waiting, db.denials.dropped) == (QUEUE_SIZE, 199)
        await settled(db, QUEUE_SIZE + 200)
        assert len(await refusals()) == QUEUE_SIZE + 1
    lines = [record.getMessage() for record in caplog.records if record.name == "trust_models.denials"]
    assert lines == ["1 denials have left no event; the last, because too many are waiting"]


async def test_the_memory_of_a_storm_is_bounded(
    cluster: Cluster, database: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust_models.db.denials.QUEUE_SIZE", 20)
    async with Database(cluster.settings(database)) as db, standing_still(admin):
        await storm(tasks=5, each=20)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        await storm(tasks=5, each=200)
        grown = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert db.denials.waiting == 20
    assert grown < 1_000_000, f"{grown} bytes stay for 1,000 denials"


# A log that stands still, and an operation that has to be recorded


async def test_an_operation_waits_for_the_record_of_its_failure_without_a_connection_of_the_service(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with Database(cluster.settings(database, pool_max_size=1, acquire_timeout=SOON)):
        async with standing_still(admin):
            task = asyncio.create_task(in_operation())
            assert await happens(lambda: _wait(admin, 1))
            assert await asyncio.wait_for(FeatureFlag.all().count(), SOON) == 0
            assert not task.done()
        with pytest.raises(KeyError):
            await task
        assert (await trail.event()).action == "thing.make"


async def _wait(admin: asyncpg.Connection, number: int) -> bool:
    """Tell whether so many events wait for the log."""
    await admin.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the same all along
    waiting = await admin.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name LIKE '% denials' AND wait_event_type = 'Lock'"
    )
    return bool(waiting == number)


async def test_an_operation_waits_only_so_long(
    cluster: Cluster, database: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then its caller learns that the failure was not recorded."""
    monkeypatch.setattr("trust_models.db.denials.WRITE_SECONDS", 0.2)
    async with Database(cluster.settings(database)):
        async with standing_still(admin):
            with pytest.raises(AuditNotRecorded) as caught:
                await asyncio.wait_for(in_operation(), SOON)
            assert isinstance(caught.value.__cause__, TimedOut)
            assert isinstance(caught.value.__context__, KeyError)
        with pytest.raises(KeyError):
            await in_operation()


async def test_operations_do_not_wait_behind_a_full_queue(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with Database(cluster.settings(database)) as db:
        async with standing_still(admin):
            await storm(tasks=10, each=QUEUE_SIZE // 10 + 10)
            task = asyncio.create_task(in_operation())
            assert await happens(lambda: _wait(admin, CONNECTIONS))
        with pytest.raises(KeyError):
            await asyncio.wait_for(task, SOON)
        assert db.denials.waiting > 0, "it waited for those before it"


async def test_a_storm_of_failing_operations_does_not_starve_the_service(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    """Each waits for its event, on a connection that the service does not need."""
    await records.sign_in(admin)
    async with Database(cluster.settings(database, pool_max_size=1, acquire_timeout=SOON)) as db:
        async with standing_still(admin):
            storm = [asyncio.create_task(in_operation()) for _ in range(200)]
            assert await happens(lambda: _wait(admin, CONNECTIONS))
            assert await asyncio.wait_for(FeatureFlag.all().count(), SOON) == 0
            assert await asyncio.wait_for(change_without_event(), SOON) == 1
            assert not any(task.done() for task in storm)
        ended = await asyncio.wait_for(asyncio.gather(*storm, return_exceptions=True), SOON)
        assert [type(one) for one in ended] == [KeyError] * 200
        assert await AuditLog.filter(action="thing.make").count() == 200
        assert db.denials.dropped == 0


async def change_without_event() -> int:
    """Commit a change that no event waits for: a sign-in is not captured."""
    async with transaction() as tx:
        return len(await tx.execute_query_dict("UPDATE auth_sessions SET last_seen_at = now() RETURNING id"))


async def test_only_so_many_operations_wait(
    cluster: Cluster, database: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes beyond the limit is told at once, and not after ten seconds in a row that grows."""
    monkeypatch.setattr("trust_models.db.denials.QUEUE_SIZE", 20)
    async with Database(cluster.settings(database)):
        async with standing_still(admin):
            waiting = [asyncio.create_task(in_operation()) for _ in range(20)]
            assert await happens(lambda: _wait(admin, CONNECTIONS))
            with pytest.raises(AuditNotRecorded) as caught:
                await asyncio.wait_for(in_operation(), SOON)
            assert isinstance(caught.value.__cause__, TimedOut)
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(one) for one in ended] == [KeyError] * 20
        with pytest.raises(KeyError):
            await in_operation()


# Cancelled


async def test_who_is_cancelled_after_a_refusal_has_left_the_event(db: Database) -> None:
    refused = asyncio.Event()

    async def work() -> None:
        with pytest.raises(PermissionDenied):
            await ask_for_too_much()
        refused.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await refused.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settled(db, 1)
    assert len(await refusals()) == 1


async def test_who_is_cancelled_while_the_failure_is_recorded_leaves_the_way_free(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with Database(cluster.settings(database)) as db:
        async with standing_still(admin):
            tasks = [asyncio.create_task(in_operation()) for _ in range(CONNECTIONS)]
            assert await happens(lambda: _wait(admin, CONNECTIONS))
            for task in tasks:
                task.cancel()
            done = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), SOON)
            assert [type(one) for one in done] == [asyncio.CancelledError] * len(tasks)
        with pytest.raises(PermissionDenied):
            await ask_for_too_much()
        await settled(db, 1)
        with pytest.raises(KeyError):
            await asyncio.wait_for(in_operation(), SOON)


# The end


async def test_closing_writes_what_is_waiting(cluster: Cluster, database: str, app: asyncpg.Connection) -> None:
    async with Database(cluster.settings(database)) as db:
        await storm(tasks=5, each=20)
    assert (db.denials.written, db.denials.dropped, db.denials.waiting) == (100, 0, 0)
    assert await app.fetchval("SELECT count(*) FROM audit_logs") == 100


async def test_closing_waits_only_so_long(
    cluster: Cluster, database: str, admin: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trust_models.db.denials.DRAIN_SECONDS", 0.2)
    async with standing_still(admin):
        async with Database(cluster.settings(database)) as db:
            await storm(tasks=5, each=20)
            started = time.monotonic()
        assert time.monotonic() - started < SOON
    assert (db.denials.written, db.denials.dropped, db.denials.waiting) == (0, 100, 0)


async def test_closing_when_the_database_is_gone(cluster: Cluster) -> None:
    async with cluster.clone() as name, Database(cluster.settings(name)) as db:
        await storm(tasks=1, each=20)
        await cluster.drop(name)
    assert db.denials.written + db.denials.dropped == 20


async def test_after_closing_nothing_is_taken_and_nothing_connects(
    cluster: Cluster, database: str, admin: asyncpg.Connection
) -> None:
    async with Database(cluster.settings(database)) as db:
        await storm(tasks=1, each=1)
    denials = db.denials
    async with Database(cluster.settings(database)) as again:
        assert again.denials is not denials
        with pytest.raises(PermissionDenied):
            await ask_for_too_much()
        await settled(again, 1)
    assert (denials.written, denials.dropped) == (1, 0)
    with pytest.raises(DatabaseUnavailable):
        await denials.write("SELECT 1")
    assert await happens(lambda: _nobody(admin))


async def _nobody(admin: asyncpg.Connection) -> bool:
    return await connections(admin) == 0


PROGRAM = """
import asyncio, os, sys
from trust_models import Actor, Database, acting_as
from trust_models.errors import PermissionDenied
from trust_models.models import FeatureFlag
from trust_models.settings import Settings

async def denied(name):
    with acting_as(Actor.service(name)):
        try:
            await FeatureFlag.all().delete()
        except PermissionDenied:
            return
    raise SystemExit("not denied")

async def settled(db):
    while db.denials.waiting or not db.denials.written:
        await asyncio.sleep(0.01)
"""

FORKED = """
async def child():
    async with Database(Settings.load()) as db:
        await denied("child")
        await settled(db)

async def parent():
    async with Database(Settings.load()) as db:
        await denied("parent")
        await settled(db)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                asyncio.new_event_loop().run_until_complete(child())
                status = 0
            finally:
                os._exit(status)
        _, status = await asyncio.to_thread(os.waitpid, pid, 0)
        await denied("parent again")
    print(status, db.denials.written, db.denials.dropped)

asyncio.run(parent())
"""

NEVER_CLOSED = """
async def main():
    await Database(Settings.load()).open()
    for _ in range(200):
        await denied("service")

asyncio.run(main())
print("done")
"""


async def run(cluster: Cluster, database: str, folder: Path, text: str) -> tuple[int, str, str]:
    """Run a program as a service on the database."""
    environment = {"DATABASE_URL": cluster.url("app", database).to_url(), "PYTHONWARNINGS": "ignore"}
    program = Program(folder, command=(sys.executable, "-c", PROGRAM + text), environment=environment)
    ended = await program.run()
    return ended.status, ended.output, ended.errors


async def test_a_process_that_forked_and_its_child_each_have_a_way(
    cluster: Cluster, database: str, tmp_path: Path, app: asyncpg.Connection
) -> None:
    assert await run(cluster, database, tmp_path, FORKED) == (0, "0 2 0\n", "")
    rows = await app.fetch("SELECT actor_id FROM audit_logs ORDER BY id")
    assert [row["actor_id"] for row in rows] == ["parent", "child", "parent again"]


async def test_a_loop_that_ends_without_closing_ends(cluster: Cluster, database: str, tmp_path: Path) -> None:
    """What was still waiting is lost with the process; the process is not kept."""
    status, output, errors = await run(cluster, database, tmp_path, NEVER_CLOSED)
    assert (status, output) == (0, "done\n"), errors
    # On 3.10 the driver's cancellation comes after the loop has closed, which Python reports and ignores.
    if sys.version_info >= (3, 11):
        assert "Traceback" not in errors, errors
