"""Compares the events of the log with the leaves that the ledger has of them.

Both come in the same order, so that whole chunks of hashes are equal. Where they are not, the ledger says for each
event which leaf is its own: it lists their ids. Memory grows with the number of differences alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from struct import pack
from typing import NamedTuple

import asyncpg

from trust_models.errors import InvalidEventBytes
from trust_models.ledger.merkle import HASH_LENGTH
from trust_models.ledger.tiles import FULL_WIDTH
from trust_models.ledger.verifier.coverage import Coverage
from trust_models.ledger.verifier.source import CHUNK, Events, Leaves, LedgerState, Place, Source
from trust_models.ledger.verifier.walk import Progress, Walk

UNREADABLE = (asyncpg.PostgresError, InvalidEventBytes)
"""What a page raises that was damaged: an error of the server, or bytes that are no event."""

_NO_ID = (0).to_bytes(8, "big")
_BEFORE_ALL_IDS = -(2**63)
_LAST_ID = 2**63 - 1
_NO_TILE: tuple[bytes, Sequence[int]] = (bytes(FULL_WIDTH * HASH_LENGTH), [0] * FULL_WIDTH)
_FIRST = Place(0, _BEFORE_ALL_IDS)
_LAST = Place(2**64 - 1, _LAST_ID)


@dataclass
class Comparison:
    """How the events differ from the ledger so far."""

    covered: Coverage = field(default_factory=Coverage)
    """The leaves whose events are there."""
    changed: dict[int, int] = field(default_factory=dict)
    """The leaf of each event that has another hash than it."""
    inserted: list[int] = field(default_factory=list)
    """Events that should have a leaf, and have none."""
    misplaced: list[int] = field(default_factory=list)
    """Events whose leaf stands before that of an event that they follow."""
    misnumbered: dict[int, int] = field(default_factory=dict)
    """Leaves that are those of an event, but for which the ledger says another id; with that event."""
    unreadable: list[int] = field(default_factory=list)
    """Events that the server cannot read."""
    actual: dict[int, bytes] = field(default_factory=dict)
    """Of tiles that are suspect, the hashes that their events have, by leaf."""
    events: int = 0


class _Stretch(NamedTuple):
    """The events that an epoch has in the order of its transactions."""

    ids: tuple[int, int]
    """Above which id they are, and up to which."""
    last: Place
    """The last one that can have a leaf."""
    own: range
    """The leaves that were made in this epoch."""


class EventScan:
    """Reads the log in the order of the leaves, and compares it with them."""

    def __init__(self, source: Source, state: LedgerState, *, tree: Walk, told: Progress) -> None:
        self._source = source
        self._state = state
        self._suspect = tree.suspect
        self._blind = bool(tree.missing)
        """Whether an event may have a leaf that cannot be read."""
        self._told = told
        self.found = Comparison()

    async def run(self, *, leaf: int, after: Place, epoch: int, last: Place) -> Comparison:
        """Compare all events from a place on, where the next leaf is `leaf`, up to `last` of the newest epoch.

        Before `leaf` nothing is compared, and nothing missing there is noticed.
        """
        stretches = list(_stretches(self._state, last))[epoch:]
        for stretch in stretches:
            leaf = await self._stretch(stretch, after if stretch is stretches[0] else _FIRST, leaf)
        return self.found

    async def _stretch(self, stretch: _Stretch, after: Place, leaf: int) -> int:
        """Compare the events of an epoch; return the leaf after the last one's."""
        limit = CHUNK
        while True:
            try:
                read = await self._source.events(stretch.ids, after=after, last=stretch.last, limit=limit)
            except UNREADABLE:
                if limit > 1:
                    limit //= 2
                    continue
                after, leaf = await self._pass_over(leaf)
                if after == _LAST:
                    return leaf
                continue
            if read.last is None:
                return leaf
            leaf = await self._compare(read, leaf, stretch.own)
            after = read.last
            self.found.events += len(read.leaves)
            self._told(len(read.leaves))
            if len(read.leaves) < limit:
                return leaf
            limit = min(limit * 2, CHUNK)

    async def _compare(self, read: Events, leaf: int, own: range) -> int:
        """Compare what was read with the leaves from `leaf` on; return the leaf after the last event's."""
        expected = await self._leaves(leaf, leaf + len(read.leaves))
        if expected == read.leaves:
            self.found.covered.add(leaf, leaf + len(expected))
            if self._suspect:
                self._keep_actual({leaf + at: read.leaves.hash(at) for at in range(len(expected))})
            return leaf + len(expected)
        return await self._match(read.leaves, expected, leaf, own)

    async def _match(self, actual: Leaves, expected: Leaves, leaf: int, own: range) -> int:
        """Find the leaf of each event by its id."""
        known = {one: (leaf + at, expected.hash(at)) for at, one in enumerate(expected.numbers) if one}
        known |= self._edge()
        numbers = actual.numbers
        known |= await self._source.leaves_of([one for one in numbers if one not in known])
        by_hash = {expected.hash(at): leaf + at for at in range(len(expected))}
        before = -1
        for at, number in enumerate(numbers):
            value = actual.hash(at)
            place, wanted = known.get(number, (-1, b""))
            if by_hash.get(value, place) != place:
                self._misnumbered(number, by_hash[value])
                continue
            if place < 0:
                self._without_leaf(number)
                continue
            leaf = place + 1
            self._keep_actual({place: value})
            if place in self.found.covered:
                self.found.inserted.append(number)  # a second one with this id
                continue
            self.found.covered.add(place, place + 1)
            if value != wanted:
                if place // FULL_WIDTH not in self._suspect:
                    self.found.changed[number] = place
            elif place in own:
                if place < before:
                    self.found.misplaced.append(number)
                before = max(before, place)
        return leaf

    def _misnumbered(self, number: int, leaf: int) -> None:
        self.found.misnumbered[leaf] = number
        self.found.covered.add(leaf, leaf + 1)

    def _without_leaf(self, number: int) -> None:
        if not self._blind and not self._in_backlog(number):
            self.found.inserted.append(number)

    def _in_backlog(self, number: int) -> bool:
        """Say whether an event of before this epoch still waits for its leaf."""
        backlog = self._state.backlog_id
        return backlog is not None and backlog < number <= self._state.epochs[-1].above_id

    def _keep_actual(self, hashes: Mapping[int, bytes]) -> None:
        self.found.actual |= {leaf: one for leaf, one in hashes.items() if leaf // FULL_WIDTH in self._suspect}

    async def _pass_over(self, leaf: int) -> tuple[Place, int]:
        """Find the next event that can be read behind one that cannot."""
        while leaf < self._state.size:
            (number,) = (await self._leaves(leaf, leaf + 1)).numbers
            leaf += 1
            try:
                place = await self._source.place_of(number)
            except UNREADABLE:
                self.found.unreadable.append(number)
                self.found.covered.add(leaf - 1, leaf)
                continue
            if place is not None:
                # Its own chunk begins with it.
                return Place(place.tx_id, place.id - 1), leaf - 1
        return _LAST, leaf

    async def _leaves(self, start: int, end: int) -> Leaves:
        """Return the leaves of a range, as far as the ledger reaches; those of a missing tile have no id."""
        end = min(end, self._state.size)
        full = self._state.size // FULL_WIDTH
        first, behind = start // FULL_WIDTH, -(-end // FULL_WIDTH)
        if start >= end:
            return Leaves(b"", b"")
        tiles = await self._source.tiles(0, first, min(behind, full))
        hashes, ids = [], []
        for number in range(first, behind):
            if number == full:
                stored = (self._state.edge[0], self._state.edge_ids) if self._state.edge else _NO_TILE
            else:
                stored = tiles.get(number, _NO_TILE)
            hashes.append(stored[0])
            ids.append(_packed(stored[1]))
        skip, length = start - first * FULL_WIDTH, end - start
        return Leaves(
            b"".join(hashes)[skip * HASH_LENGTH : (skip + length) * HASH_LENGTH],
            b"".join(ids)[skip * len(_NO_ID) : (skip + length) * len(_NO_ID)],
        )

    def _edge(self) -> dict[int, tuple[int, bytes]]:
        first = self._state.size - len(self._state.edge_ids)
        leaves = Leaves(self._state.edge[0] if self._state.edge else b"", b"")
        return {one: (first + at, leaves.hash(at)) for at, one in enumerate(self._state.edge_ids)}


def _stretches(state: LedgerState, last: Place) -> Iterator[_Stretch]:
    for epoch, following in zip_longest(state.epochs, state.epochs[1:]):
        # No sequence gives such ids as stand below the first epoch: only somebody who bypasses it.
        above = _BEFORE_ALL_IDS if epoch is state.epochs[0] else epoch.above_id
        if following is None:
            yield _Stretch((above, max(state.highest_id, last.id)), last, range(epoch.first_leaf, state.size))
        else:
            yield _Stretch((above, following.above_id), _LAST, range(epoch.first_leaf, following.first_leaf))


def _packed(ids: Sequence[int]) -> bytes:
    return pack(f">{len(ids)}q", *ids)
