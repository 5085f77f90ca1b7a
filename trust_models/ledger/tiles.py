"""The tree cut into tiles of up to 256 hashes, and proofs computed from them (c2sp.org/tlog-tiles).

Each computation has two steps, so that whoever reads tiles can fetch them all at once and in its own way: the
`tiles_of_…` function says which tiles are needed, and its partner computes from their bytes. Bytes are not trusted:
a proof from wrong tiles does not verify.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from trust_models.errors import InvalidProof
from trust_models.ledger.merkle import EMPTY_ROOT, HASH_LENGTH, node_hash, root

HEIGHT = 8
FULL_WIDTH = 1 << HEIGHT


class Tile(NamedTuple):
    """A tile: consecutive hashes of one level of the tree; its neighbours stand at `number` ± 1."""

    level: int
    number: int
    width: int = FULL_WIDTH
    """How many hashes it has: 1 to 255 where it is partial."""

    @property
    def path(self) -> str:
        """Where it is published, below the ledger's folder or URL."""
        high, last = divmod(self.number, 1000)
        folders = f"{last:03}"
        while high:
            high, part = divmod(high, 1000)
            folders = f"x{part:03}/{folders}"
        return f"tile/{self.level}/{folders}{'' if self.width == FULL_WIDTH else f'.p/{self.width}'}"


class _Node(NamedTuple):
    """The root of a full subtree: of the 2^height leaves from `number` · 2^height on."""

    height: int
    number: int


class _Range(NamedTuple):
    """The leaves whose hash a proof holds."""

    start: int
    end: int


def tiles_for(size: int) -> Iterator[Tile]:
    """Yield every tile of a tree, level by level."""
    return tiles_between(0, size)


def tiles_between(old_size: int, new_size: int) -> Iterator[Tile]:
    """Yield the tiles that a tree has got, or got wider, when it grew from the old size to the new one."""
    level = 0
    while hashes := new_size >> HEIGHT * level:
        before = old_size >> HEIGHT * level
        for number in range(before // FULL_WIDTH, hashes // FULL_WIDTH):
            yield Tile(level, number)
        if (width := hashes % FULL_WIDTH) and hashes != before:
            yield Tile(level, hashes // FULL_WIDTH, width)
        level += 1


def tiles_of_root(size: int) -> list[Tile]:
    """Return the tiles that `tree_root` needs: those of the right edge."""
    return _tiles_of([_Range(0, size)], size)


def tree_root(size: int, tiles: Mapping[Tile, bytes]) -> bytes:
    """Return the root of a tree (RFC 6962 §2.1). Raises `InvalidProof` when a tile is missing or too short."""
    return _range_hash(_Range(0, size), size, tiles) if size else EMPTY_ROOT


def tiles_of_inclusion(index: int, size: int) -> list[Tile]:
    """Return the tiles that `inclusion_proof` needs; raise `InvalidProof` as it does."""
    return _tiles_of(_inclusion_ranges(index, size), size)


def inclusion_proof(index: int, size: int, tiles: Mapping[Tile, bytes]) -> list[bytes]:
    """Return the proof that a leaf stands at `index` of the tree (PATH of RFC 6962 §2.1.1).

    Raises `InvalidProof` when there is no such leaf, or a tile is missing or too short.
    """
    return [_range_hash(one, size, tiles) for one in _inclusion_ranges(index, size)]


def tiles_of_consistency(old_size: int, new_size: int) -> list[Tile]:
    """Return the tiles that `consistency_proof` needs; raise `InvalidProof` as it does."""
    return _tiles_of(_consistency_ranges(old_size, new_size), new_size)


def consistency_proof(old_size: int, new_size: int, tiles: Mapping[Tile, bytes]) -> list[bytes]:
    """Return the proof that the new tree begins with the old one (PROOF of RFC 6962 §2.1.2).

    Raises `InvalidProof` when the old tree is empty or the larger one, or a tile is missing or too short.
    """
    return [_range_hash(one, new_size, tiles) for one in _consistency_ranges(old_size, new_size)]


def _inclusion_ranges(index: int, size: int) -> list[_Range]:
    if not 0 <= index < size:
        raise InvalidProof(f"A tree of {size} leaves has no leaf {index}.")
    ranges = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            ranges.append(_Range(middle, end))
            end = middle
        else:
            ranges.append(_Range(start, middle))
            start = middle
    return ranges[::-1]


def _consistency_ranges(old_size: int, new_size: int) -> list[_Range]:
    if not 0 < old_size <= new_size:
        raise InvalidProof(f"There is no consistency proof from {old_size} to {new_size} leaves.")
    ranges = []
    start, end = 0, new_size
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            ranges.append(_Range(middle, end))
            end = middle
        else:
            ranges.append(_Range(start, middle))
            start = middle
    if start:  # else it is the old tree as a whole, whose root the verifier knows
        ranges.append(_Range(start, end))
    return ranges[::-1]


def _split(count: int) -> int:
    """Return the largest power of two below `count`: how many leaves the left subtree has (RFC 6962 §2.1)."""
    return 1 << (count - 1).bit_length() - 1


def _nodes(leaves: _Range) -> list[_Node]:
    """Return the full subtrees that a range is made of, from left to right; each is smaller than the one before."""
    nodes = []
    at = leaves.start
    while at < leaves.end:
        height = (leaves.end - at).bit_length() - 1
        nodes.append(_Node(height, at >> height))
        at += 1 << height
    return nodes


def _range_hash(leaves: _Range, size: int, tiles: Mapping[Tile, bytes]) -> bytes:
    *others, result = (_node_hash(node, size, tiles) for node in _nodes(leaves))
    for left in reversed(others):
        result = node_hash(left, result)
    return result


def _node_hash(node: _Node, size: int, tiles: Mapping[Tile, bytes]) -> bytes:
    tile = _tile_of(node, size)
    hashes = tiles.get(tile)
    if hashes is None:
        raise InvalidProof(f"The tile {tile.path} is missing.")
    if len(hashes) < tile.width * HASH_LENGTH:
        raise InvalidProof(f"The tile {tile.path} is too short: {len(hashes)} bytes.")
    count = 1 << node.height % HEIGHT
    first = node.number * count % FULL_WIDTH
    return _subtree_root(hashes[first * HASH_LENGTH : (first + count) * HASH_LENGTH])


# Most nodes of one proof are nodes of the next one too: those of upper tiles, and of the right edge. What is remembered
# is found by the very bytes it follows from, so it cannot be out of date.
_subtree_root = lru_cache(maxsize=4096)(root)


def _tile_of(node: _Node, size: int) -> Tile:
    """Return the tile from whose hashes the node's follows, as wide as it is in a tree of `size` leaves."""
    level, height = divmod(node.height, HEIGHT)
    number = (node.number << height) // FULL_WIDTH
    return Tile(level, number, min(FULL_WIDTH, (size >> HEIGHT * level) - number * FULL_WIDTH))


def _tiles_of(ranges: Iterable[_Range], size: int) -> list[Tile]:
    return sorted({_tile_of(node, size) for leaves in ranges for node in _nodes(leaves)})
