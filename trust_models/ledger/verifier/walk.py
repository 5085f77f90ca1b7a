"""Walks over the tiles of the ledger, to see whether they make one tree, and which roots it has had."""

from bisect import bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from trust_models.ledger.merkle import HASH_LENGTH
from trust_models.ledger.tiles import FULL_WIDTH, HEIGHT
from trust_models.ledger.verifier.source import CHUNK, LedgerState, Source
from trust_models.ledger.verifier.tree import FullTile, GrowingTree

Progress = Callable[[int], None]
"""Is told how many leaves or events were dealt with since it was told last."""


@dataclass
class Walk:
    """What a walk has seen."""

    roots: dict[int, bytes] = field(default_factory=dict)
    """The root of the tree at each size that was asked for and could be reached."""
    missing: list[int] = field(default_factory=list)
    """Numbers of tiles of level 0 that are missing, or have not the form of one."""
    false: list[tuple[int, int]] = field(default_factory=list)
    """Level and number of tiles above level 0, and of the edge, that are missing, or not what follows from below."""
    entries: dict[int, bytes] = field(default_factory=dict)
    """Of level 0, the tiles whose root is not the one in the tile above, and that one."""

    @property
    def suspect(self) -> set[int]:
        """Numbers of tiles of level 0 by which events cannot be judged."""
        return {*self.missing, *self.entries}


async def walk(
    source: Source, state: LedgerState, *, start: GrowingTree, sizes: Collection[int], told: Progress
) -> Walk:
    """Let the tree grow from what was verified to the ledger's size, and note its root at the sizes in between.

    The tree is changed; it ends at the ledger's size, or before the first tile that is missing.
    """
    seen = Walk()
    wanted = sorted(size for size in sizes if start.size <= size <= state.size)
    if start.size in sizes:
        seen.roots[start.size] = start.head().root
    full = state.size // FULL_WIDTH
    while not seen.missing and start.size // FULL_WIDTH < full:
        first = start.size // FULL_WIDTH
        # Up to where the tile above gets full, so that it can be compared.
        end = min(full, (first // FULL_WIDTH + 1) * (CHUNK // FULL_WIDTH))
        stored = await source.tiles(0, first, end)
        for number in range(first, end):
            if number not in stored:
                seen.missing.append(number)
                break
            hashes = stored[number][0]
            new = hashes[start.size % FULL_WIDTH * HASH_LENGTH :]
            _note_roots(seen, start, new, wanted)
            for tile in start.append(new):
                await _compare(source, seen, tile)
        told((end - first) * FULL_WIDTH)
    if not seen.missing:
        edge = state.edge[0] if state.edge else b""
        new = edge[start.size % FULL_WIDTH * HASH_LENGTH :]
        _note_roots(seen, start, new, wanted)
        start.append(new)
        _compare_edge(state, seen, start)
    return seen


def _note_roots(seen: Walk, tree: GrowingTree, leaves: bytes, wanted: Sequence[int]) -> None:
    end = tree.size + len(leaves) // HASH_LENGTH
    for size in wanted[bisect_right(wanted, tree.size) : bisect_right(wanted, end)]:
        seen.roots[size] = tree.head(leaves[: (size - tree.size) * HASH_LENGTH]).root


async def _compare(source: Source, seen: Walk, tile: FullTile) -> None:
    stored = (await source.tiles(tile.level, tile.number, tile.number + 1)).get(tile.number)
    if stored is None:
        seen.false.append((tile.level, tile.number))
    elif stored[0] != tile.hashes:
        seen.false.append((tile.level, tile.number))
        if tile.level == 1:
            _note_entries(seen, tile.number * FULL_WIDTH, stored[0], tile.hashes)


def _compare_edge(state: LedgerState, seen: Walk, tree: GrowingTree) -> None:
    """Compare the tiles that are not full: what they hold, and that there are no others."""
    for level, hashes in enumerate(tree.edge):
        stored = state.edge[level] if level < len(state.edge) else b""
        if stored != hashes:
            seen.false.append((level, state.size >> HEIGHT * (level + 1)))
            if level == 1:
                _note_entries(seen, state.size >> 2 * HEIGHT << HEIGHT, stored, hashes)
    for level, count in state.tiles.items():
        if level < 0 or count != max(state.size, 0) >> HEIGHT * (level + 1):
            seen.false.append((level, count))
    if any(state.edge[len(tree.edge) :]):
        seen.false.append((len(tree.edge), 0))


def _note_entries(seen: Walk, first: int, stored: bytes, computed: bytes) -> None:
    for at in range(0, min(len(stored), len(computed)), HASH_LENGTH):
        if stored[at : at + HASH_LENGTH] != computed[at : at + HASH_LENGTH]:
            seen.entries[first + at // HASH_LENGTH] = stored[at : at + HASH_LENGTH]
