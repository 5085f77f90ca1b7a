"""Finds which leaves of a ledger are not those that were published, from the tiles that were published with them."""

from trust_models.errors import InvalidProof
from trust_models.ledger.merkle import HASH_LENGTH, TreeHead, root
from trust_models.ledger.tiles import FULL_WIDTH, HEIGHT, Tile, tiles_of_root, tree_root
from trust_models.ledger.verifier.findings import SHOWN
from trust_models.ledger.verifier.published import Published
from trust_models.ledger.verifier.source import LedgerState, Source


class Comparer:
    """Compares the tree in a database with a tree that was published, from the top down."""

    def __init__(self, source: Source, state: LedgerState, published: Published, head: TreeHead) -> None:
        self._source = source
        self._state = state
        self._published = published
        self._head = head

    async def differing(self) -> list[int]:
        """Return the leaves that differ, the first `SHOWN` of them.

        Raises `InvalidProof` if the tiles that are published do not make the tree whose head was signed.
        """
        size = self._head.size
        edge = {tile: await self._get(tile) for tile in tiles_of_root(size)}
        if tree_root(size, edge) != self._head.root:
            raise InvalidProof("The tiles that are published do not lead to the root that was signed.")
        found: list[int] = []
        for tile in sorted(edge, reverse=True):
            # What stands above a full tile leads to it; the tiles of the right edge hold the rest.
            await self._compare(tile, edge[tile], found)
        return sorted(set(found))[:SHOWN]

    async def _compare(self, tile: Tile, hashes: bytes, found: list[int]) -> None:
        own = await self._own(tile)
        for at in range(tile.width):
            if len(found) >= SHOWN:
                return
            entry = hashes[at * HASH_LENGTH : (at + 1) * HASH_LENGTH]
            if entry == own[at * HASH_LENGTH : (at + 1) * HASH_LENGTH]:
                continue
            number = tile.number * FULL_WIDTH + at
            if tile.level == 0:
                found.append(number)
                continue
            below = Tile(tile.level - 1, number)
            there = await self._get(below)
            if root(there) != entry:
                raise InvalidProof(f"The tile {below.path} that is published is not the one that was signed.")
            await self._compare(below, there, found)

    async def _get(self, tile: Tile) -> bytes:
        """Return a published tile; a later, wider one begins with the same hashes."""
        for path in (tile.path, Tile(tile.level, tile.number).path):
            hashes = await self._published.get(path)
            if hashes is not None and len(hashes) >= tile.width * HASH_LENGTH:
                return hashes[: tile.width * HASH_LENGTH]
        raise InvalidProof(f"The tile {tile.path} is not published.")

    async def _own(self, tile: Tile) -> bytes:
        if tile.number == self._state.size >> HEIGHT * (tile.level + 1):
            return self._state.edge[tile.level] if tile.level < len(self._state.edge) else b""
        stored = await self._source.tiles(tile.level, tile.number, tile.number + 1)
        return stored[tile.number][0] if tile.number in stored else b""
