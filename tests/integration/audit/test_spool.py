"""Operations that declare that their event may go to the spool: what is stored, what waits, what is lost never."""

# ruff: noqa: PT012 - a transaction raises at its end, so the whole of it stands inside

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import datetime, timezone
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.processes import happens
from tests.fixtures.spools import EVENT, close_log, emptied, left_over, open_log, spooled, spooling
from tests.fixtures.spools import entry as line
from tests.fixtures.trail import OPERATOR, REQUEST, Trail
from tests.fixtures.undone import undone
from tests.fixtures.wire import wired
from trust_models import Database, Entity, OnAuditFailure, acting_as, audited, transaction
from trust_models.audit import Audited
from trust_models.db.database import current_client
from trust_models.db.spool import AuditSpool, Within
from trust_models.db.spool_maintenance import sending_by
from trust_models.enums import Outcome
from trust_models.errors import (
    AuditNotRecorded,
    ConfigurationError,
    DatabaseUnavailable,
    InvalidValue,
    OutcomeUnknown,
    SpoolUnavailable,
    TransactionAborted,
)
from trust_models.models import FeatureFlag

THING = Entity("thing", "7")
FULL = 2**20

trail = Trail()


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trust_models.db.spool.RETRY_SECONDS", 0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of the spool, which does not exist yet."""
    return tmp_path / "spool"


@pytest.fixture
async def service(cluster: Cluster, database: str, folder: Path) -> AsyncIterator[Database]:
    """The package, opened with a spool, and somebody who acts."""
    async with Database(spooling(cluster, database, folder)) as opened:
        with acting_as(OPERATOR, REQUEST):
            yield opened


def block(action: str = "thing.make") -> Audited:
    """An operation that goes on without the log."""
    return audited(action, THING, actor=OPERATOR, on_audit_failure=OnAuditFailure.SPOOL)


async def make(key: str) -> None:
    """Make a change."""
    await FeatureFlag.create(key=key)


async def keys() -> list[str]:
    """Return the keys of the switches that are stored."""
    return [flag.key for flag in await FeatureFlag.all().order_by("id")]


# A success


async def test_an_event_that_the_log_takes_does_not_touch_the_disk(service: Database, folder: Path) -> None:
    nasty = {"text": "ü 世界 \\ \" ' \n $1 %s", "quote": "'; DROP TABLE users; --"}
    async with block() as operation:
        await make("one")
        operation.add(**nasty)
    event = await trail.event()
    assert (event.outcome, event.metadata) == (Outcome.SUCCESS, nasty)
    assert event.context.items() >= REQUEST.as_json().items()
    assert list(folder.iterdir()) == []
    assert service.spool is not None
    assert service.spool.spooled == 0


async def test_a_change_is_stored_without_its_event_which_follows(
    service: Database, folder: Path, owner: asyncpg.Connection
) -> None:
    assert service.spool is not None
    await close_log(owner)
    async with block() as operation:
        await make("one")
        operation.add(size=3)
        (row,) = await current_client().fetch("SELECT pg_current_xact_id()::text AS xid, clock_timestamp() AS now")
        assert spooled(folder) == [], "the transaction may still fail"
    assert await keys() == ["one"]
    assert (service.spool.spooled, service.spool.refused) == (1, 0)
    await emptied(service)
    event = await trail.event(action="thing.make")
    assert (event.outcome, event.metadata, event.actor_id) == (Outcome.SUCCESS, {"size": 3}, "operator")
    assert event.context["operation_id"] == operation.id
    assert event.context["spooled"] is True
    assert event.context["transaction"] == row["xid"]
    assert row["now"].isoformat() < event.context["occurred_at"] < event.created_at.isoformat()
    assert (service.spool.replayed, service.spool.waiting) == (1, 0)


async def test_it_is_on_the_disk_before_the_commit(
    cluster: Cluster, database: str, folder: Path, owner: asyncpg.Connection
) -> None:
    """A crash between the two must not leave a change that nobody knows of."""
    await close_log(owner)
    async with wired(cluster, database, audit_spool=folder) as wire:
        stop = wire.hold("COMMIT")
        task = asyncio.create_task(one_change())
        await stop.answered()
        assert len(spooled(folder)) == 1
        stop.release()
        await task


async def one_change(key: str = "one") -> None:
    """Make one change in an operation of its own."""
    async with block():
        await make(key)


@pytest.mark.parametrize("stored", [True, False])
async def test_where_nobody_knows_whether_it_was_committed_the_database_does(
    cluster: Cluster,
    database: str,
    folder: Path,
    owner: asyncpg.Connection,
    stored: bool,  # noqa: FBT001 - of pytest
) -> None:
    await close_log(owner)
    async with wired(cluster, database, audit_spool=folder) as wire:
        _ = wire.cut_answer("COMMIT") if stored else wire.cut_before("COMMIT")
        with pytest.raises(OutcomeUnknown):
            await one_change()
    assert await owner.fetchval("SELECT count(*) FROM feature_flags") == stored
    async with Database(spooling(cluster, database, folder)) as again:
        await emptied(again)
        events = await trail.events(action="thing.make")
    assert [event.outcome for event in events if event.outcome is Outcome.SUCCESS] == [Outcome.SUCCESS] * stored


async def test_what_is_undone_around_it_never_reaches_the_spool(service: Database, owner: asyncpg.Connection) -> None:
    """Its transaction is committed, so nobody could tell later that it did not happen."""
    assert service.spool is not None
    await close_log(owner)
    async with transaction():
        async with undone(), block("undone.do"):
            await make("undone")
        async with transaction(), block("kept.do"):
            await make("kept")
        assert service.spool.spooled == 0
    await emptied(service)
    assert await keys() == ["kept"]
    assert [event.action for event in await trail.events(outcome=Outcome.SUCCESS)] == ["kept.do"]


async def test_what_is_rolled_back_as_a_whole_leaves_nothing(
    service: Database, folder: Path, owner: asyncpg.Connection
) -> None:
    await close_log(owner)
    async with undone(), block():
        await make("one")
    assert spooled(folder) == []
    assert service.spool is not None
    assert service.spool.spooled == 0


async def test_a_swallowed_error_is_no_reason_to_go_on(service: Database, folder: Path) -> None:
    with pytest.raises(TransactionAborted):
        async with block():
            with pytest.raises(InvalidValue):
                await make("NOT A KEY")
    assert await keys() == []
    assert spooled(folder) == []
    assert service.spool is not None
    assert (await trail.event()).outcome is Outcome.FAILURE


async def test_an_event_against_a_rule_is_no_reason_to_go_on(
    service: Database, folder: Path, owner: asyncpg.Connection
) -> None:
    """It would be refused for ever."""
    await owner.execute("ALTER TABLE audit_logs ADD CONSTRAINT no_things CHECK (entity_type <> 'thing') NOT VALID")
    with pytest.raises(AuditNotRecorded):
        async with block():
            await make("one")
    assert await keys() == []
    assert service.spool is not None
    assert [one["event"]["outcome"] for one in spooled(folder)] == []


async def test_a_full_spool_fails_closed(
    cluster: Cluster, database: str, folder: Path, owner: asyncpg.Connection
) -> None:
    await close_log(owner)
    left_over(folder_made(folder), "another", line(metadata="x" * FULL))
    async with Database(spooling(cluster, database, folder, audit_spool_max_bytes=FULL)) as db:
        with pytest.raises(AuditNotRecorded) as caught:
            await one_change()
        assert isinstance(caught.value.__context__, SpoolUnavailable)
        assert str(caught.value.__context__).startswith(f"The audit spool {folder} is full: {FULL} bytes.")
        assert await keys() == []
        assert db.spool is not None
        assert (db.spool.spooled, db.spool.refused) == (0, 2)


async def test_a_spool_that_cannot_be_written_fails_closed(
    service: Database, folder: Path, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a torn line, nothing more goes to that file."""

    def write_half(descriptor: int, text: bytes) -> int:
        return os.writev(descriptor, [text[: len(text) // 2]])

    await close_log(owner)
    monkeypatch.setattr(service.spool, "_send", None)  # nothing is replayed meanwhile
    await one_change("one")
    with monkeypatch.context() as broken:
        broken.setattr("trust_models.db.spool_file.os.write", write_half)
        with pytest.raises(AuditNotRecorded):
            await one_change("two")
    await one_change("three")
    assert await keys() == ["one", "three"]
    assert [one["event"]["outcome"] for one in spooled(folder)] == ["SUCCESS", "SUCCESS"]


def folder_made(folder: Path) -> Path:
    """Make the folder."""
    folder.mkdir()
    return folder


async def test_a_folder_that_cannot_be_used_is_told_at_the_start(cluster: Cluster, database: str, folder: Path) -> None:
    folder.write_text("a file")
    with pytest.raises(ConfigurationError, match=r"TRUST_AUDIT_SPOOL: it cannot be used \(File exists\)"):
        await Database(spooling(cluster, database, folder)).open()


async def test_the_files_are_for_nobody_else(service: Database, folder: Path, owner: asyncpg.Connection) -> None:
    await close_log(owner)
    async with transaction(), block():
        await make("one")
    assert service.spool is not None
    assert folder.stat().st_mode & 0o777 == 0o700
    left = left_over(folder, "another", line())
    assert left.stat().st_mode & 0o777 == 0o600


# A failure


async def test_a_failure_goes_to_the_spool_when_the_database_is_gone(
    cluster: Cluster, admin: asyncpg.Connection, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with cluster.clone() as name, Database(spooling(cluster, name, folder, pool_max_size=1)) as db:
        with pytest.raises(DatabaseUnavailable):
            async with block():
                await make("one")
                await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
                await make("two")
        (entry,) = spooled(folder)
        assert db.spool is not None
        assert db.spool.waiting == 1
    assert entry["tx_id"] is None
    assert (entry["event"]["outcome"], entry["event"]["reason_code"]) == ("FAILURE", "database_unavailable")
    assert "The FAILURE of thing.make went to the spool" in caplog.text
    assert "could not be recorded" not in caplog.text


async def test_a_denial_that_the_log_does_not_take_follows(service: Database, owner: asyncpg.Connection) -> None:
    await close_log(owner)
    with pytest.raises(InvalidValue):
        async with block():
            await make("NOT A KEY")
    await emptied(service)
    event = await trail.event(action="thing.make")
    assert (event.outcome, event.reason_code) == (Outcome.DENIED, "invalid_value")
    assert event.context["spooled"] is True
    assert "transaction" not in event.context


async def test_the_declaration_is_that_of_one_block(service: Database, folder: Path, owner: asyncpg.Connection) -> None:
    await close_log(owner)
    with pytest.raises(AuditNotRecorded):
        async with audited("thing.make", THING):
            await make("one")
    assert await keys() == []
    assert spooled(folder) == []
    assert service.spool is not None


# Replay


async def test_a_service_replays_what_an_earlier_one_left(cluster: Cluster, database: str, folder: Path) -> None:
    left_over(folder_made(folder), database, line(1), line(2))
    async with Database(spooling(cluster, database, folder)) as db:
        await emptied(db)
        assert [event.entity_id for event in await trail.events()] == ["1", "2"]


async def test_a_server_that_takes_the_place_of_another_gets_nothing_of_it(
    app: asyncpg.Connection, database: str, folder: Path
) -> None:
    """A failover to a copy, or an address that leads elsewhere, while the service goes on."""
    spool = AuditSpool(folder, max_bytes=FULL, database=database)
    mine = await app.fetchval("SELECT trust.server_identity()")
    tx_id = await app.fetchval("SELECT pg_current_xact_id()::text")
    await spool.open(sending_by(app))
    for number, server in enumerate((f"{mine}0", mine, f"{mine}0")):
        await spool.put({**EVENT, "entity_id": str(number)}, Within(tx_id, datetime.now(timezone.utc), server))
    assert await happens(lambda: spool.replayed == 1 and not spool.waiting)
    await asyncio.sleep(0.1)  # it tries again and again
    await spool.close()
    assert [event["entity_id"] for event in await app.fetch("SELECT entity_id FROM audit_logs")] == ["1"]
    assert sorted(one["event"]["entity_id"] for one in spooled(folder)) == ["0", "2"]
    assert len(spool.problems) == 2
    assert "on another server" in spool.problems[0]


async def test_many_at_once_are_all_replayed_once(service: Database, owner: asyncpg.Connection) -> None:
    """While the service goes on to spool."""
    await close_log(owner)

    async def work(number: int) -> None:
        async with audited("thing.make", Entity.named("thing", number), on_audit_failure=OnAuditFailure.SPOOL):
            await make(f"f{number}")

    for start in range(0, 60, 20):
        await asyncio.gather(*(work(number) for number in range(start, start + 20)))
    await open_log(owner)
    await asyncio.gather(*(work(number) for number in range(60, 70)))
    await emptied(service)
    events = await trail.events(action="thing.make")
    assert sorted(int(str(event.entity_id)) for event in events) == list(range(70))
    assert service.spool is not None
    assert (service.spool.spooled, service.spool.replayed, service.spool.waiting) == (60, 60, 0)
