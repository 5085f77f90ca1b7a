"""A Merkle tree that grows leaf by leaf and keeps its right edge only: what is needed to say its root at any size."""

from collections.abc import Sequence
from typing import NamedTuple

from trust_models.ledger.merkle import EMPTY_ROOT, HASH_LENGTH, TreeHead, root
from trust_models.ledger.tiles import FULL_WIDTH, HEIGHT

TILE_BYTES = FULL_WIDTH * HASH_LENGTH


class FullTile(NamedTuple):
    """A tile above level 0 that has got full."""

    level: int
    number: int
    hashes: bytes


class GrowingTree:
    """The tree of the leaves that it was given so far, in tiles of 256 (c2sp.org/tlog-tiles)."""

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        """Begin with a tree of `size` leaves, of which `edge` holds, level by level, the tiles that are not full.

        Raises `ValueError` for an edge that no tree of this size has.
        """
        widths = [size >> HEIGHT * level for level in range(len(edge))]
        fits = [len(hashes) == width % FULL_WIDTH * HASH_LENGTH for hashes, width in zip(edge, widths, strict=True)]
        if not all(fits) or size >> HEIGHT * len(edge):
            raise ValueError(f"a tree of {size} leaves has another right edge")
        self.size = size
        self.edge = list(edge)

    def append(self, leaves: bytes) -> list[FullTile]:
        """Add leaf hashes in one piece; return the tiles above level 0 that get full by it, lower levels first."""
        self.size += len(leaves) // HASH_LENGTH
        full: list[FullTile] = []
        level, added = 0, leaves
        while added:
            if level == len(self.edge):
                self.edge.append(b"")
            pending = self.edge[level] + added
            whole = len(pending) // TILE_BYTES * TILE_BYTES
            tiles = [pending[at : at + TILE_BYTES] for at in range(0, whole, TILE_BYTES)]
            self.edge[level] = pending[whole:]
            if level:
                first = (self.size >> HEIGHT * (level + 1)) - len(tiles)
                full += [FullTile(level, first + at, tile) for at, tile in enumerate(tiles)]
            added = b"".join(map(root, tiles))
            level += 1
        return full

    def head(self, more: bytes = b"") -> TreeHead:
        """Return size and root of the tree, if fewer than 256 leaves, that fill no tile, came on top of it."""
        result = b""
        for level, hashes in enumerate(self.edge or [b""]):
            result = root(joined) if (joined := hashes + (b"" if level else more) + result) else b""
        return TreeHead(self.size + len(more) // HASH_LENGTH, result or EMPTY_ROOT)
