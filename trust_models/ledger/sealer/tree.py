"""The tree of the ledger as the database has it."""

from collections.abc import AsyncIterator, Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import asyncpg

from trust_models.ledger.merkle import HASH_LENGTH, TreeHead
from trust_models.ledger.tiles import (
    Tile,
    consistency_proof,
    tiles_between,
    tiles_of_consistency,
    tiles_of_root,
    tree_root,
)
from trust_models.sql import load

_TILES_AT_ONCE = 1024
_NOTES_AT_ONCE = 100  # which may have 64 KiB each


class LastCheckpoint(NamedTuple):
    """The checkpoint that was recorded last."""

    number: int
    note: str
    age: timedelta


class Ledger(NamedTuple):
    """The tree, and its last checkpoint if there is one."""

    head: TreeHead
    last: LastCheckpoint | None


async def read_ledger(connection: asyncpg.Connection) -> Ledger:
    """Return what the ledger is now; one round trip."""
    row = await connection.fetchrow(load("queries/ledger_head.sql"))
    assert row is not None  # noqa: S101 - the ledger has its row from the migration on
    last = None
    if row["number"] is not None:
        created: datetime = row["created_at"]
        last = LastCheckpoint(row["number"], row["note"], row["now"] - created)
    return Ledger(TreeHead(row["size"], row["root"]), last)


async def number_of(connection: asyncpg.Connection, note: str) -> int | None:
    """Return the number of a checkpoint; None if the database does not have it."""
    number: int | None = await connection.fetchval(load("queries/ledger_checkpoint_number.sql"), note)
    return number


async def notes_between(connection: asyncpg.Connection, after: int, before: int) -> AsyncIterator[dict[int, str]]:
    """Yield the checkpoints between two numbers, several at once."""
    while rows := await connection.fetch(load("queries/ledger_checkpoints_between.sql"), after, before, _NOTES_AT_ONCE):
        yield {row["number"]: row["note"] for row in rows}
        after = rows[-1]["number"]


async def read_tiles(connection: asyncpg.Connection, tiles: Collection[Tile]) -> dict[Tile, bytes]:
    """Return the hashes of tiles, each as wide as it was asked for; what the database does not have is left out."""
    rows: list[Any] = await connection.fetch(
        load("queries/ledger_tiles_at.sql"), [tile.level for tile in tiles], [tile.number for tile in tiles]
    )
    found = {(row["level"], row["number"]): row["hashes"] for row in rows}
    hashes = {tile: found.get((tile.level, tile.number), b"")[: tile.width * HASH_LENGTH] for tile in tiles}
    return {tile: data for tile, data in hashes.items() if len(data) == tile.width * HASH_LENGTH}


async def root_at(connection: asyncpg.Connection, size: int) -> bytes:
    """Return the root that the tree had when it had `size` leaves; raise `InvalidProof` if tiles are missing."""
    return tree_root(size, await read_tiles(connection, tiles_of_root(size)))


async def prove_consistency(connection: asyncpg.Connection, old_size: int, new_size: int) -> list[bytes]:
    """Return the proof that the tree of `new_size` leaves begins with that of `old_size`, which is not empty."""
    tiles = await read_tiles(connection, tiles_of_consistency(old_size, new_size))
    return consistency_proof(old_size, new_size, tiles)


def portions(old_size: int, new_size: int) -> Iterator[list[Tile]]:
    """Yield the tiles by which a tree grew, so many at once as memory should hold."""
    portion: list[Tile] = []
    for tile in tiles_between(old_size, new_size):
        portion.append(tile)
        if len(portion) == _TILES_AT_ONCE:
            yield portion
            portion = []
    yield portion
