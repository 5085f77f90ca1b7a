"""Each committed event gets exactly one leaf, in the order of (tx_id, id), and no writer waits for it."""

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.ledger import check_ledger, leaves, only_row, seal, seal_all, write
from tests.fixtures.refusals import refused
from trust_models.ledger.merkle import EMPTY_ROOT


async def test_an_empty_log_has_an_empty_tree(app: asyncpg.Connection) -> None:
    assert tuple(await only_row(app, "SELECT * FROM trust.seal_audit_log(10)")) == (0, False)
    assert await app.fetchval("SELECT trust.ledger_root(edge) FROM trust.audit_ledger") == EMPTY_ROOT


@pytest.mark.parametrize("counts", [(1,), (1, 255), (255, 2), (256,), (256, 256, 1), (700, 70)])
async def test_the_tree_is_that_of_the_log(app: asyncpg.Connection, counts: tuple[int, ...]) -> None:
    for count in counts:
        await app.executemany(
            "INSERT INTO audit_logs (actor_type, action, outcome, entity_type, metadata)"
            " VALUES ('SYSTEM', 'a.b', 'SUCCESS', 'x', jsonb_build_object('number', $1::int))",
            [(number,) for number in range(count)],
        )
        await seal_all(app)
        await check_ledger(app)


async def test_a_large_tree_has_tiles_on_every_level(owner: asyncpg.Connection) -> None:
    await owner.execute(
        "INSERT INTO audit_logs (actor_type, action, outcome, entity_type)"
        " SELECT 'SYSTEM', 'a.b', 'SUCCESS', 'x' FROM generate_series(1, 66000)"
    )
    while await seal(owner, 20_000):
        pass
    await check_ledger(owner)
    rows = await owner.fetch("SELECT level, count(*) AS tiles FROM trust.audit_tiles GROUP BY level ORDER BY level")
    assert [tuple(row) for row in rows] == [(0, 257), (1, 1)]


async def test_a_step_is_as_large_as_it_is_asked_to_be(app: asyncpg.Connection) -> None:
    ids = await write(app, 5)
    assert tuple(await only_row(app, "SELECT * FROM trust.seal_audit_log(3)")) == (3, True)
    assert await leaves(app) == ids[:3]
    assert tuple(await only_row(app, "SELECT * FROM trust.seal_audit_log(3)")) == (2, False)
    for wrong in (0, -1, 1_000_001, None):
        async with refused(app, "22023"):
            await app.fetchrow("SELECT * FROM trust.seal_audit_log($1)", wrong)


async def test_what_commits_late_is_not_passed_over(
    cluster: Cluster, database: str, app: asyncpg.Connection, owner: asyncpg.Connection
) -> None:
    """A transaction that writes first and commits last keeps those behind it waiting, and no writer."""
    slow = app.transaction()
    await slow.start()
    (first,) = await write(app)
    later = await write(owner, 3)
    sealer = await connect(cluster.url("app", database))
    assert await seal(sealer) == 0
    await write(app)
    await slow.commit()
    await seal_all(sealer)
    assert (await leaves(sealer))[0] == first
    assert set(later) < set(await leaves(sealer))
    await check_ledger(sealer)
    await sealer.close()


async def test_what_is_rolled_back_has_no_leaf(app: asyncpg.Connection) -> None:
    for undone in (True, False):
        transaction = app.transaction()
        await transaction.start()
        await write(app)
        await app.execute("SAVEPOINT one")
        await write(app)
        await app.execute("ROLLBACK TO one; SAVEPOINT two")
        await write(app)
        await app.execute("RELEASE two")
        await (transaction.rollback() if undone else transaction.commit())
    await seal_all(app)
    assert len(await leaves(app)) == 2
    await check_ledger(app)


async def test_a_prepared_transaction_is_waited_for(app: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    await owner.execute("BEGIN")
    (first,) = await write(owner)
    await owner.execute("PREPARE TRANSACTION 'trust_test_sealing'")
    try:
        await write(app)
        assert await seal(app) == 0
    finally:
        await owner.execute("COMMIT PREPARED 'trust_test_sealing'")
    await seal_all(app)
    assert (await leaves(app))[0] == first
    await check_ledger(app)


async def test_of_two_at_once_one_works(app: asyncpg.Connection, owner: asyncpg.Connection) -> None:
    await write(app)
    async with owner.transaction():
        await seal(owner)
        assert tuple(await only_row(app, "SELECT * FROM trust.seal_audit_log(10)")) == (None, None)
        await write(app)  # a writer does not notice
    await seal_all(app)
    await check_ledger(app)


@pytest.mark.parametrize("isolation", ["repeatable_read", "serializable"])
async def test_an_old_snapshot_seals_nothing_twice(
    app: asyncpg.Connection, owner: asyncpg.Connection, isolation: str
) -> None:
    await write(app)
    old = owner.transaction(isolation=isolation)  # type: ignore[arg-type]
    await old.start()
    await owner.fetchval("SELECT count(*) FROM audit_logs")
    await write(app)
    await seal_all(app)
    with pytest.raises(asyncpg.SerializationError):
        await seal(owner)
    await old.rollback()
    await check_ledger(app)


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE trust.audit_ledger SET size = size - 1, edge_ids = edge_ids[1:0], edge = ARRAY[''::bytea]",
        "DELETE FROM trust.audit_ledger",
        "TRUNCATE trust.audit_ledger",
        "SET session_replication_role = replica; DELETE FROM trust.audit_ledger",
    ],
)
async def test_the_ledger_never_shrinks(admin: asyncpg.Connection, app: asyncpg.Connection, attack: str) -> None:
    await write(app)
    await seal_all(app)
    async with refused(admin, "23T01", "audit_ledger_grows"):
        await admin.execute(attack)


async def test_no_tile_is_added_out_of_order(admin: asyncpg.Connection) -> None:
    for level, number in ((0, 1), (1, 5), (0, -1)):
        async with refused(admin, "23T02", "audit_tiles_number_order"):
            await admin.execute(
                "INSERT INTO trust.audit_tiles (level, number, hashes, ids) VALUES ($1, $2, $3, $4)",
                level,
                number,
                bytes(8192),
                list(range(256)) if level == 0 else None,
            )


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO trust.audit_tiles (level, number, hashes) VALUES (1, 0, '')",
        "UPDATE trust.audit_ledger SET size = 7",
        "INSERT INTO trust.audit_epochs (above_id) VALUES (7)",
        "SELECT trust.append_leaves(ledger, '', '{}') FROM trust.audit_ledger AS ledger",
        "SELECT trust.start_audit_epoch(ledger) FROM trust.audit_ledger AS ledger",
    ],
)
async def test_who_seals_cannot_write_the_ledger(app: asyncpg.Connection, statement: str) -> None:
    async with refused(app, "42501"):
        await app.execute(statement)


async def test_checkpoints_are_of_the_ledger(app: asyncpg.Connection) -> None:
    first = await records.checkpoint(app)
    await write(app)
    for note in ("", "x", first["note"].replace("\n0\n", "\n1\n"), first["note"].rstrip("\n").rpartition("\n")[0]):
        async with refused(app, "23T04", "audit_checkpoints_tree"):
            await app.execute("INSERT INTO audit_checkpoints (note) VALUES ($1)", note)
    await seal_all(app)
    async with refused(app, "23T04", "audit_checkpoints_tree"):
        await app.execute("INSERT INTO audit_checkpoints (note) VALUES ($1)", first["note"])
    second = await records.checkpoint(app)
    assert (first["number"], second["number"], second["tree_size"]) == (1, 2, 1)
    assert (second["sealed_id"],) == ((await leaves(app))[-1],)
