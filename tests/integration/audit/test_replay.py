"""Replaying a spool: each line once, whoever does it, however often it is killed, and only what came true."""

import asyncio
import json
import signal
import sys
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.denials import standing_still
from tests.fixtures.processes import happens
from tests.fixtures.program import MODULE, Program
from tests.fixtures.refusals import refused
from tests.fixtures.spools import MOMENT, entry, left_over
from trust_models.db.spool_file import SpoolFile, spools
from trust_models.db.spool_replay import REPLAY, Replayed, replay

SPOOL = UUID(int=1)


async def send(connection: asyncpg.Connection, *entries: object, spool: UUID = SPOOL, server: str | None = None) -> int:
    """Replay entries as a service does."""
    return int(await connection.fetchval(REPLAY, spool, server, json.dumps(entries)))


async def stored(connection: asyncpg.Connection) -> list[str]:
    """Return the ids of the entities of all events, in the order of their numbers."""
    return [row["entity_id"] for row in await connection.fetch("SELECT entity_id FROM audit_logs ORDER BY id")]


async def transaction_id(connection: asyncpg.Connection) -> str:
    """Return the id of the transaction that is under way."""
    return str(await connection.fetchval("SELECT pg_current_xact_id()::text"))


# The function


async def test_lines_that_are_done_are_passed_over(app: asyncpg.Connection) -> None:
    assert await send(app) == 0
    assert await send(app, entry(1), entry(2)) == 2
    assert await send(app, entry(1), entry(2), entry(3)) == 3
    assert await send(app) == 3
    assert await send(app, entry(1), spool=uuid4()) == 1, "another spool has lines of its own"
    assert await stored(app) == ["1", "2", "3", "1"]


async def test_an_event_says_that_it_was_kept_and_when_it_happened(app: asyncpg.Connection) -> None:
    await send(app, entry(1, context='{"request_id": "r"}'))
    context = json.loads(await app.fetchval("SELECT context FROM audit_logs"))
    assert context.items() >= {"request_id": "r", "spooled": True, "occurred_at": MOMENT}.items()
    assert "transaction" not in context


async def test_what_was_rolled_back_did_not_happen(app: asyncpg.Connection) -> None:
    undone, done = app.transaction(), app.transaction()
    await undone.start()
    aborted = await transaction_id(app)
    await undone.rollback()
    await done.start()
    committed = await transaction_id(app)
    await done.commit()
    assert await send(app, entry(1, tx_id=aborted), entry(2, tx_id=committed)) == 2
    assert await stored(app) == ["2"]


async def test_what_is_under_way_waits_and_what_follows_too(
    cluster: Cluster, database: str, app: asyncpg.Connection
) -> None:
    other = await connect(cluster.url("app", database))
    transaction = other.transaction()
    await transaction.start()
    lines = [entry(1), entry(2, tx_id=await transaction_id(other)), entry(3)]
    assert await send(app, *lines) == 1
    await transaction.commit()
    await other.close()
    assert await send(app, *lines) == 3
    assert await stored(app) == ["1", "2", "3"]


@pytest.mark.parametrize("tx_id", ["0", "4611686018427387904"], ids=["older than is known", "of the future"])
async def test_where_nobody_knows_the_event_says_so(app: asyncpg.Connection, tx_id: str) -> None:
    """Of a transaction too old, and of one that a copy from before has never had."""
    assert await send(app, entry(1, tx_id=tx_id)) == 1
    assert await app.fetchval("SELECT context ->> 'transaction' FROM audit_logs") == "unknown"


async def test_a_gap_is_refused(app: asyncpg.Connection) -> None:
    async with refused(app, "22023"):
        await send(app, entry(2))
    assert await send(app) == 0


async def test_a_damaged_line_leaves_a_gap(app: asyncpg.Connection) -> None:
    assert await send(app, entry(1), entry(3) | {"follows": 1}) == 3
    assert await send(app, entry(3) | {"follows": 1}, entry(5) | {"follows": 3}) == 5
    assert await stored(app) == ["1", "3", "5"]


async def test_events_of_another_server_are_refused(app: asyncpg.Connection) -> None:
    mine = await app.fetchval("SELECT trust.server_identity()")
    assert await send(app, entry(1), server=mine) == 1
    async with refused(app, "23T04", "audit_spools_server"):
        await send(app, entry(2), server=f"{mine}0")
    assert await stored(app) == ["1"]


async def test_where_a_server_keeps_its_identity_to_itself_nobody_asks_for_it(
    admin: asyncpg.Connection, app: asyncpg.Connection
) -> None:
    """As one that is managed may."""
    await admin.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
    assert await app.fetchval("SELECT trust.server_identity()") is None
    assert await send(app, entry(1), server="7") == 1


async def test_a_spool_is_of_the_login_that_began_with_it(
    admin: asyncpg.Connection, app: asyncpg.Connection, cluster: Cluster, database: str
) -> None:
    await send(app, entry(1))
    other = await connect(cluster.url("owner", database))
    async with refused(other, "42501", "audit_spools_login"):
        await send(other, entry(2))
    await other.close()
    login = await app.fetchval("SELECT session_user")
    assert dict(await admin.fetchrow("SELECT login, replayed FROM trust.audit_spools") or {}) == {
        "login": login,
        "replayed": 1,
    }


@pytest.mark.parametrize("context", ['{"captured": true}', '{"captured": null}'])
async def test_nobody_makes_up_a_captured_change_by_this_way(app: asyncpg.Connection, context: str) -> None:
    async with refused(app, "23T04", "audit_logs_captured_origin"):
        await send(app, entry(1, context=context))


async def test_an_event_against_a_rule_is_refused_with_all_of_its_batch(app: asyncpg.Connection) -> None:
    async with refused(app, "23T05", "audit_logs_actor_required"):
        await send(app, entry(1), entry(2, actor_id=None))
    assert await send(app) == 0
    assert await stored(app) == []


async def test_nobody_says_by_this_way_what_the_database_says(app: asyncpg.Connection) -> None:
    await send(app, entry(1, id=7, tx_id="7", created_at=MOMENT, context='{"database_role": "trust_owner"}'))
    row = await app.fetchrow("SELECT *, created_at > now() - interval '1 hour' AS fresh FROM audit_logs")
    assert row is not None
    assert row["fresh"]
    assert json.loads(row["context"])["database_role"] != "trust_owner"


@pytest.mark.parametrize("statement", ["SELECT * FROM trust.audit_spools", "DELETE FROM trust.audit_spools"])
async def test_a_service_does_not_touch_the_positions(app: asyncpg.Connection, statement: str) -> None:
    async with refused(app, "42501"):
        await app.execute(statement)


async def test_two_at_once_take_turns(cluster: Cluster, database: str, app: asyncpg.Connection) -> None:
    others = [await connect(cluster.url("app", database)) for _ in range(4)]
    lines = [entry(number) for number in range(1, 101)]
    assert await asyncio.gather(*(send(one, *lines) for one in others)) == [100] * 4
    assert await stored(app) == [str(number) for number in range(1, 101)]
    for one in others:
        await one.close()


# A folder


async def test_only_files_of_this_database_are_replayed(app: asyncpg.Connection, database: str, tmp_path: Path) -> None:
    left_over(tmp_path, database, entry(1))
    other = left_over(tmp_path, "another", entry(2))
    assert await replay(tmp_path, database, app.fetchval) == Replayed(done=1, waiting=0, elsewhere=1)
    assert spools(tmp_path) == [other]
    assert await stored(app) == ["1"]


async def test_a_file_that_is_still_written_is_replayed_and_stays(
    app: asyncpg.Connection, database: str, tmp_path: Path
) -> None:
    file = SpoolFile(tmp_path, database, None)
    file.append(entry(1))
    assert await replay(tmp_path, database, app.fetchval) == Replayed(done=1)
    file.append(entry(2))
    assert await replay(tmp_path, database, app.fetchval) == Replayed(done=1)
    assert spools(tmp_path) == [file.path]
    file.close()
    assert await replay(tmp_path, database, app.fetchval) == Replayed()
    assert spools(tmp_path) == []
    assert await stored(app) == ["1", "2"]


async def test_a_line_that_comes_while_its_process_ends_is_not_lost(
    app: asyncpg.Connection, database: str, tmp_path: Path
) -> None:
    file = SpoolFile(tmp_path, database, None)
    file.append(entry(1))

    async def sending(statement: str, *arguments: object) -> object:
        done = await app.fetchval(statement, *arguments)
        if done == 1:  # one more, after the last one was read, and the end
            file.append(entry(2))
            file.close()
        return done

    assert await replay(tmp_path, database, sending) == Replayed(done=1)
    assert await replay(tmp_path, database, app.fetchval) == Replayed(done=1)
    assert await stored(app) == ["1", "2"]
    assert spools(tmp_path) == []


async def test_a_file_that_cannot_be_replayed_keeps_no_other_one(
    cluster: Cluster, database: str, app: asyncpg.Connection, tmp_path: Path
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    names = ("0", "1", "2", "3")
    headless, refused_one, foreign, link = (spool / f"{name}.spool" for name in names)
    headless.write_bytes(b"damaged\nand more\n")
    left_over(spool, database, entry(1, actor_id=" ")).rename(refused_one)
    left_over(spool, database, entry(1), server="7").rename(foreign)
    link.symlink_to(tmp_path / "nothing")
    whole = left_over(spool, database, entry(4))
    kept = {path: path.read_bytes() for path in (headless, refused_one, foreign)}
    status, said = await run(cluster, database, tmp_path, spool)
    assert status == 1
    lines = said.splitlines()
    assert lines[0] == "lines replayed: 1; waiting: 0"
    has = "error: The audit spool has a file that "
    assert lines[1].startswith(f"{has}does not say of which database it is: {headless}.")
    assert lines[2].startswith(f"{has}cannot be replayed: {refused_one}: An audit event")
    assert lines[3] == (
        f"{has}cannot be replayed: {foreign}: These events are of a database of this name on another server."
        " Replay them there, or move their file out of the folder."
    )
    assert lines[4].startswith("error: The audit spool cannot be read: ")
    assert await stored(app) == ["4"]
    assert not whole.exists()
    assert {path: path.read_bytes() for path in kept} == kept


async def test_a_copy_of_a_file_is_not_replayed_again(app: asyncpg.Connection, database: str, tmp_path: Path) -> None:
    path = left_over(tmp_path, database, entry(1), entry(2))
    copy = path.with_name(f"{UUID(int=7)}.spool")
    copy.write_bytes(path.read_bytes())
    assert await replay(tmp_path, database, app.fetchval) == Replayed(done=2)
    assert await stored(app) == ["1", "2"]
    assert spools(tmp_path) == []


@pytest.mark.parametrize("number", [1, 150, 250])
async def test_a_damaged_line_holds_up_no_other(
    app: asyncpg.Connection, database: str, tmp_path: Path, number: int
) -> None:
    """Not of its batch, and not of those around it; what is left of it is kept, and told until somebody takes it."""
    path = left_over(tmp_path, database, *(entry(one) for one in range(1, 251)))
    lines = path.read_bytes().splitlines(keepends=True)
    lines[number] = lines[number].replace(b"thing.make", b"thing.fake")
    path.write_bytes(b"".join(lines))
    aside = path.with_suffix(".damaged")
    problem = f"The audit spool had damaged lines, which are kept: {aside}. See to them, and move that file elsewhere."
    assert await replay(tmp_path, database, app.fetchval) == Replayed(done=249, problems=(problem,))
    assert await stored(app) == [str(one) for one in range(1, 251) if one != number]
    assert aside.read_bytes() == lines[number]
    assert list(tmp_path.iterdir()) == [aside]
    assert await replay(tmp_path, database, app.fetchval) == Replayed(problems=(problem,))


async def test_damage_to_what_was_done_loses_nothing_that_was_not(
    app: asyncpg.Connection, database: str, tmp_path: Path
) -> None:
    """Two lines that ran together must not make the others one less."""
    file = SpoolFile(tmp_path, database, None)
    for number in (1, 2, 3):
        file.append(entry(number))
    await replay(tmp_path, database, app.fetchval)
    file.append(entry(4))
    file.close()
    head, one, two, *rest = file.path.read_bytes().splitlines(keepends=True)
    file.path.write_bytes(b"".join([head, one.replace(b"\n", b" "), two, *rest]))
    assert (await replay(tmp_path, database, app.fetchval)).done == 1
    assert await stored(app) == ["1", "2", "3", "4"]


async def test_a_file_of_many_lines_goes_in_batches(app: asyncpg.Connection, database: str, tmp_path: Path) -> None:
    left_over(tmp_path, database, *(entry(number) for number in range(1, 251)))
    assert await replay(tmp_path, database, app.fetchval) == Replayed(done=250)
    assert await stored(app) == [str(number) for number in range(1, 251)]


# The program


async def run(cluster: Cluster, database: str, folder: Path, spool: Path) -> tuple[int, str]:
    """Run `trust-models audit replay`."""
    ended = await program(cluster, database, folder, spool).run("audit", "replay")
    return ended.status, ended.said


def program(cluster: Cluster, database: str, folder: Path, spool: Path) -> Program:
    """The program as a service's administrator starts it."""
    environment = {"DATABASE_URL": cluster.url("app", database).to_url(), "TRUST_AUDIT_SPOOL": str(spool)}
    return Program(folder, command=MODULE, environment=environment)


async def test_the_program_replays(cluster: Cluster, database: str, tmp_path: Path, app: asyncpg.Connection) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    left_over(spool, "another", entry(9))
    waiting = app.transaction()
    await waiting.start()
    left_over(spool, database, entry(1), entry(2, tx_id=await transaction_id(app)))
    said = "left alone, because they are of another database: 1\n"
    assert await run(cluster, database, tmp_path, spool) == (1, f"lines replayed: 1; waiting: 1\n{said}")
    await waiting.commit()
    assert await run(cluster, database, tmp_path, spool) == (0, f"lines replayed: 1; waiting: 0\n{said}")
    assert await stored(app) == ["1", "2"]


async def test_the_program_says_what_is_wrong(cluster: Cluster, database: str, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    path = left_over(spool, database, entry(1), entry(2))
    path.write_bytes(path.read_bytes().replace(b'"1"', b'"7"'))
    status, said = await run(cluster, database, tmp_path, spool)
    assert status == 1
    assert said.startswith("lines replayed: 1; waiting: 0\nerror: The audit spool had damaged lines, which are kept: ")
    status, said = await run(cluster, database, tmp_path, spool / "misspelt")
    assert (status, "The audit spool cannot be read: " in said) == (1, True), said
    program_without = Program(tmp_path, environment={"DATABASE_URL": cluster.url("app", database).to_url()})
    ended = await program_without.run("audit", "replay")
    assert (ended.status, "TRUST_AUDIT_SPOOL: it is not set" in ended.errors) == (2, True)


async def test_killed_at_any_point_it_neither_loses_nor_doubles(
    cluster: Cluster, database: str, tmp_path: Path, admin: asyncpg.Connection, app: asyncpg.Connection
) -> None:
    """Killed while a batch is under way; and when the batch is stored and the file is not removed yet."""
    spool = tmp_path / "spool"
    spool.mkdir()
    path = left_over(spool, database, *(entry(number) for number in range(1, 151)))
    kept = path.read_bytes()
    killed = program(cluster, database, tmp_path, spool).started("audit", "replay")
    async with standing_still(admin), killed as process:
        assert await happens(lambda: _waits(admin))
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert await happens(lambda: _nobody(admin))
    assert len(await stored(app)) in {0, 100}, "the server may have ended what was begun, but all of it or nothing"
    assert (await run(cluster, database, tmp_path, spool))[0] == 0
    path.write_bytes(kept)
    assert await run(cluster, database, tmp_path, spool) == (0, "lines replayed: 0; waiting: 0\n")
    assert await stored(app) == [str(number) for number in range(1, 151)]
    assert spools(spool) == []


async def _waits(admin: asyncpg.Connection) -> bool:
    await admin.execute("SELECT pg_stat_clear_snapshot()")  # a transaction sees the same all along
    return bool(await admin.fetchval(f"SELECT count(*) {_REPLAYING} AND wait_event_type = 'Lock'"))


async def _nobody(admin: asyncpg.Connection) -> bool:
    return not await admin.fetchval(f"SELECT count(*) {_REPLAYING}")


_REPLAYING = (
    "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%replay_audit_events%'"
    " AND state = 'active' AND pid <> pg_backend_pid()"
)

KILLED = """
import asyncio, os, signal
from trust_models import Actor, Database, Entity, OnAuditFailure, audited
from trust_models.models import FeatureFlag
from trust_models.settings import Settings

async def main():
    async with Database(Settings.load()):
        for number in range(1000):
            entity = Entity.named("thing", number)
            async with audited("thing.make", entity, actor=Actor.system(), on_audit_failure=OnAuditFailure.SPOOL):
                await FeatureFlag.create(key=f"f{number}")
            print(number, flush=True)

asyncio.run(main())
"""


async def test_a_service_that_is_killed_has_an_event_for_each_change(
    cluster: Cluster, database: str, tmp_path: Path, owner: asyncpg.Connection
) -> None:
    await owner.execute("REVOKE INSERT ON audit_logs FROM trust_app")
    spool = tmp_path / "spool"
    environment = program(cluster, database, tmp_path, spool).environment
    service = Program(tmp_path, command=(sys.executable, "-c", KILLED), environment=environment)
    async with service.started() as process:
        assert process.stdout is not None
        for _ in range(20):
            await process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert await happens(lambda: _replayed(cluster, database, tmp_path, spool))
    rows = await owner.fetch("SELECT key FROM feature_flags ORDER BY id")
    events = await owner.fetch("SELECT entity_id FROM audit_logs WHERE action = 'thing.make' ORDER BY id")
    assert [f"f{event['entity_id']}" for event in events] == [row["key"] for row in rows]
    assert len(rows) >= 20


async def _replayed(cluster: Cluster, database: str, folder: Path, spool: Path) -> bool:
    """Replay, and tell whether nothing is left: the transaction of the one that was killed may still be ending."""
    return (await run(cluster, database, folder, spool))[0] == 0
