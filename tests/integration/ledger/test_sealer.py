"""A round of the sealer: leaves, a checkpoint where there is need of one, and its publication; and when it must not."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.ledger import NAME, check_ledger, seal_all, sealer, until, write
from trust_models.errors import (
    ConfigurationError,
    DatabaseUnavailable,
    PermissionDenied,
    PublicationConflict,
    StoreUnavailable,
    UntrustedNote,
)
from trust_models.ledger.checkpoint import open_checkpoint
from trust_models.ledger.keys import generate
from trust_models.ledger.sealer.publisher import Publisher
from trust_models.ledger.sealer.sealer import Sealer
from trust_models.ledger.tiles import tiles_for

ALL_SEALED = "SELECT count(*) = (SELECT size FROM trust.audit_ledger) FROM audit_logs"


async def checkpoints(connection: asyncpg.Connection) -> list[asyncpg.Record]:
    return list(await connection.fetch("SELECT * FROM audit_checkpoints ORDER BY number"))


async def settled(sealing: Sealer, connection: asyncpg.Connection) -> None:
    """Do rounds until all events are sealed: another test's transaction may hold them up for a moment."""
    await sealing.seal(connection)
    while not await connection.fetchval(ALL_SEALED):
        await asyncio.sleep(0.01)
        await sealing.seal(connection)


async def assert_published(folder: Path, connection: asyncpg.Connection, sealing: Sealer) -> None:
    """The last checkpoint and every tile of its tree are in the folder, and nothing else than tiles and checkpoints."""
    last = (await checkpoints(connection))[-1]
    assert (folder / "checkpoint").read_text() == last["note"]
    assert (folder / f"checkpoints/{last['number']:012}").read_text() == last["note"]
    assert open_checkpoint(last["note"], [signer.verifier for signer in sealing.signers]).checkpoint.origin == NAME
    for tile in tiles_for(last["tree_size"]):
        assert (folder / tile.path).stat().st_size == 32 * tile.width
    assert {path.name for path in folder.iterdir()} <= {"checkpoint", "checkpoints", "tile"}


async def test_events_are_sealed_signed_and_published(app: asyncpg.Connection, tmp_path: Path) -> None:
    sealing = sealer(tmp_path)
    for number in (1, 300, 256):
        await write(app, number)
        await settled(sealing, app)
        await assert_published(tmp_path, app, sealing)
    await check_ledger(app)
    first, *_, last = await checkpoints(app)
    assert (first["number"], last["tree_size"]) == (1, 557)


async def test_a_round_says_what_it_did(app: asyncpg.Connection, tmp_path: Path) -> None:
    sealing = sealer(tmp_path)
    seen: list[int] = []
    sealing.progress = seen.append
    await until("SELECT pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot())", app)
    await write(app, 3)
    done = await sealing.seal(app)
    assert (done.leaves, done.size, done.checkpoint, done.published) == (3, 3, 1, (str(tmp_path),))
    assert seen == [3]
    idle = await sealing.seal(app)
    assert (idle.leaves, idle.size, idle.checkpoint, idle.published, idle.unpublished) == (0, 3, None, (), ())


async def test_silence_is_signed_too(app: asyncpg.Connection, tmp_path: Path) -> None:
    sealing = sealer(tmp_path)
    sealing.silence = timedelta(seconds=1)
    assert (await sealing.seal(app)).checkpoint == 1
    assert (await sealing.seal(app)).checkpoint is None
    await asyncio.sleep(1.1)
    assert (await sealing.seal(app)).checkpoint == 2
    first, second = await checkpoints(app)
    assert first["root_hash"] == second["root_hash"]
    times = [open_checkpoint(one["note"], [next(iter(sealing.signers)).verifier]).signed_at for one in (first, second)]
    assert times[0] < times[1]
    await assert_published(tmp_path, app, sealing)


async def test_a_key_is_rotated(app: asyncpg.Connection, tmp_path: Path) -> None:
    """First both keys sign, then the new one alone; what the old one signed stays verifiable with it."""
    old, new = generate(NAME), generate(NAME)
    publishers = [Publisher.open(str(tmp_path))]
    await write(app)
    for signers in ([old], [old, new], [new]):
        sealing = Sealer(signers, publishers, former_keys=[old.verifier])
        assert (await sealing.seal(app)).published == ((str(tmp_path),) if signers != [new] else ())
    await write(app)
    await settled(sealing, app)
    notes = [row["note"] for row in await checkpoints(app)]
    for note, keys in zip(notes, ([old], [old, new], [new]), strict=False):
        for key in keys:
            open_checkpoint(note, [key.verifier])
    with pytest.raises(UntrustedNote):
        open_checkpoint(notes[-1], [old.verifier])


async def test_what_nobody_signed_is_signed_over(app: asyncpg.Connection, tmp_path: Path) -> None:
    """A service that was taken over may write a checkpoint of the ledger as it is, with a signature of its own."""
    sealing = sealer(tmp_path)
    await settled(sealing, app)
    await records.checkpoint(app)
    await asyncio.sleep(1.1)  # a signature has whole seconds
    assert (await sealing.seal(app)).checkpoint == 3
    await assert_published(tmp_path, app, sealing)


async def test_the_key_bears_the_name_of_the_ledger(app: asyncpg.Connection) -> None:
    await sealer().seal(app)
    with pytest.raises(ConfigurationError, match=f"'{NAME}', and the key 'another'"):
        await sealer(name="another").seal(app)


async def test_a_false_checkpoint_of_another_name_does_not_stop_it(app: asyncpg.Connection, tmp_path: Path) -> None:
    sealing = sealer(tmp_path)
    await settled(sealing, app)
    false = (await checkpoints(app))[-1]["note"].replace(NAME, "example.org/another")
    await app.execute("INSERT INTO audit_checkpoints (note) VALUES ($1)", false)
    restarted = Sealer(sealing.signers, [Publisher.open(str(tmp_path))])
    assert (await restarted.seal(app)).checkpoint == 3


# What it must not sign


async def forget(admin: asyncpg.Connection) -> None:
    """Put the database back to where nothing was sealed, as a copy from before would be."""
    await admin.execute("""
        SET session_replication_role = replica;
        ALTER TABLE trust.audit_ledger DISABLE TRIGGER USER;
        ALTER TABLE trust.audit_tiles DISABLE TRIGGER USER;
        ALTER TABLE public.audit_checkpoints DISABLE TRIGGER USER;
        DELETE FROM trust.audit_tiles;
        DELETE FROM public.audit_checkpoints;
        UPDATE trust.audit_ledger
        SET size = 0, edge = ARRAY[''::bytea], edge_ids = '{}', sealed_tx = '0', sealed_id = 0;
        RESET session_replication_role""")


async def test_an_older_copy_is_not_signed_and_stays_as_it_is(
    app: asyncpg.Connection, admin: asyncpg.Connection, tmp_path: Path
) -> None:
    sealing = sealer(tmp_path)
    await write(app, 3)
    await settled(sealing, app)
    await forget(admin)
    with pytest.raises(PublicationConflict, match="of 3 leaves is published, and the database has 0"):
        await replace(sealing).seal(app)
    assert await checkpoints(app) == []
    assert await app.fetchval("SELECT size FROM trust.audit_ledger") == 0


async def test_who_may_not_seal_is_told_who_may(cluster: Cluster, database: str) -> None:
    reader = await connect(cluster.url("reader", database))
    with pytest.raises(PermissionDenied) as refusal:
        await sealer().seal(reader)
    assert "trust_archiver or trust_app" in str(refusal.value)
    await reader.close()


async def test_a_standby_is_waited_for(app: asyncpg.Connection) -> None:
    await write(app)
    await app.execute("SET default_transaction_read_only = on")
    with pytest.raises(DatabaseUnavailable, match="it is a standby, or read-only"):
        await sealer().seal(app)


async def test_another_tree_is_not_signed(app: asyncpg.Connection, admin: asyncpg.Connection, tmp_path: Path) -> None:
    sealing = sealer(tmp_path)
    await write(app, 3)
    await settled(sealing, app)
    segment = await admin.fetchval("SELECT tableoid::regclass::text FROM audit_logs LIMIT 1")
    await forget(admin)
    await admin.execute(f"ALTER TABLE {segment} DISABLE TRIGGER USER; ALTER TABLE audit_logs DISABLE TRIGGER USER")
    await admin.execute("UPDATE audit_logs SET action = 'other.thing'")
    await seal_all(app)
    with pytest.raises(PublicationConflict, match="another tree of 3 leaves"):
        await replace(sealing).seal(app)
    with pytest.raises(PublicationConflict, match="does not begin with the 3 leaves"):
        await sealing.seal(app)
    assert await checkpoints(app) == []


async def test_nothing_is_signed_where_another_key_has_published(app: asyncpg.Connection, tmp_path: Path) -> None:
    await sealer(tmp_path).seal(app)
    with pytest.raises(UntrustedNote, match="not signed by a key that is known"):
        await sealer(tmp_path).seal(app)


# Places that fail, and sealers that are killed


class Failing(Publisher):
    """Fails from a step on, as a store that goes away or a process that is killed."""

    def __init__(self, folder: Path, *, steps: int) -> None:
        whole = Publisher.open(str(folder))
        super().__init__(whole._writable)
        self.steps = steps

    async def _step(self) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise StoreUnavailable("The store went away.")

    async def publish_tiles(self, tiles: Mapping[str, bytes]) -> None:
        for path, data in tiles.items():
            await self._step()
            await super().publish_tiles({path: data})

    async def publish(self, number: int, note: str, tiles: Mapping[str, bytes] | None = None) -> None:
        await self._step()
        await self.publish_history({number: note})
        await self._step()
        await super().publish(number, note, tiles or {})


@pytest.mark.parametrize("steps", range(7))
async def test_what_was_not_published_is_published_next(app: asyncpg.Connection, tmp_path: Path, steps: int) -> None:
    """Whatever step is the last: the next round completes it, of the same sealer and of another."""
    key = generate(NAME)
    await write(app, 520)
    for sealing in (Sealer([key], [Failing(tmp_path, steps=steps)]), Sealer([key], [Publisher.open(str(tmp_path))])):
        done = await sealing.seal(app)
        if isinstance(next(iter(sealing.publishers)), Failing):
            assert len(done.unpublished) == (steps < 6)
            await write(app, 10)
    await settled(sealing, app)
    await assert_published(tmp_path, app, sealing)
    await check_ledger(app)


async def test_a_place_that_fails_stops_no_other(app: asyncpg.Connection, tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.mkdir()
    bad.mkdir()
    failing = Failing(bad, steps=0)
    sealing = Sealer([generate(NAME)], [failing, Publisher.open(str(good))])
    await write(app)
    done = await sealing.seal(app)
    assert done.published == (str(good),)
    assert done.unpublished == (f"{bad}: The store went away.",)
    failing.steps = 1000
    await settled(sealing, app)
    await assert_published(bad, app, sealing)


@pytest.mark.parametrize("by", ["the same sealer", "the next one"])
async def test_checkpoints_of_an_outage_are_published_after_it(
    app: asyncpg.Connection, tmp_path: Path, by: str
) -> None:
    """But not what somebody wrote meanwhile without the key."""
    key, failing = generate(NAME), Failing(tmp_path, steps=1000)
    sealing = Sealer([key], [failing])
    await write(app)
    await settled(sealing, app)
    failing.steps = 0
    for _ in range(3):
        await write(app)
        await settled(sealing, app)
    note = (await checkpoints(app))[-1]["note"].rsplit("—", 1)[0] + "— example.org/log AAAAAAAA\n"
    forged = await app.fetchval("INSERT INTO audit_checkpoints (note) VALUES ($1) RETURNING number", note)
    failing.steps = 1000
    if by == "the next one":
        sealing = Sealer([key], [Publisher.open(str(tmp_path))])
    await write(app)
    await settled(sealing, app)
    signed = {one["number"]: one["note"] for one in await checkpoints(app) if one["number"] != forged}
    assert len(signed) >= 5
    assert dict([one async for one in failing.history()]) == signed


async def test_what_is_published_is_looked_at_before_the_first_signature(
    app: asyncpg.Connection, tmp_path: Path
) -> None:
    sealing = sealer(tmp_path / "missing")
    with pytest.raises(StoreUnavailable):
        await sealing.seal(app)
    assert await checkpoints(app) == []


async def test_two_sealers_make_one_tree(app: asyncpg.Connection, owner: asyncpg.Connection, tmp_path: Path) -> None:
    key = generate(NAME)
    one, other = (Sealer([key], [Publisher.open(str(tmp_path))]) for _ in range(2))
    for _ in range(20):
        await write(app, 20)
        await asyncio.gather(one.seal(app), other.seal(owner))
    await settled(one, app)
    await check_ledger(app)
    sizes = [row["tree_size"] for row in await checkpoints(app)]
    assert sizes == sorted(sizes)
