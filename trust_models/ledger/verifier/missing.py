"""Tells events that are missing by what is missing: single ones, the head, the tail, whole segments."""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from trust_models.ledger.merkle import HASH_LENGTH, leaf_hash
from trust_models.ledger.tiles import FULL_WIDTH
from trust_models.ledger.verifier.events import UNREADABLE, Comparison
from trust_models.ledger.verifier.findings import SHOWN, Finding, Kind, named
from trust_models.ledger.verifier.source import BATCH, LedgerState, Source


@dataclass
class Missing:
    """Leaves without an event, in their order, with the event's id and hash."""

    leaves: "array[int]" = field(default_factory=lambda: array("q"))
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    hashes: bytearray = field(default_factory=bytearray)

    def add(self, leaf: int, event: int, hashed: bytes) -> None:
        """Add one."""
        self.leaves.append(leaf)
        self.ids.append(event)
        self.hashes += hashed

    def hash(self, at: int) -> bytes:
        """Return the hash of one, by position."""
        return bytes(self.hashes[at * HASH_LENGTH : (at + 1) * HASH_LENGTH])


async def collect(source: Source, state: LedgerState, found: Comparison, *, since: int, suspect: set[int]) -> Missing:
    """Return the leaves from `since` on for which no event has come, and look for the events where they do not belong.

    Those that are there after all, with other columns, are added to what is known as changed.
    """
    missing = Missing()
    # A size that was made up must not be counted through: there is no more than the tiles that there are.
    end_of_tiles = (state.tiles.get(0, 0) + len(suspect) + 1) * FULL_WIDTH
    for start, end in found.covered.gaps(since, min(state.size, end_of_tiles)):
        for first in range(start, end, BATCH):
            part = await _leaves(source, state, first, min(first + BATCH, end))
            part = [one for one in part if one[0] // FULL_WIDTH not in suspect]
            there = await _there(source, [event for _, event, _ in part])
            for leaf, event, hashed in part:
                if event not in there:
                    missing.add(leaf, event, hashed)
                elif there[event] != hashed:
                    found.changed[event] = leaf
    return missing


def judge(missing: Missing, state: LedgerState, *, head: int | None) -> Iterator[Finding]:
    """Yield findings about what is missing.

    `head` is the first leaf that was not retired; None if leaves before those that were compared are not known.
    """
    in_segments = Missing()
    holes: dict[tuple[int, int], list[int]] = {}
    for at, event in enumerate(missing.ids):
        hole = _hole(state.segments, event)
        if hole is None:
            in_segments.add(missing.leaves[at], event, b"")
        else:
            holes.setdefault(hole, []).append(event)
    for (first, last), events in sorted(holes.items()):
        span = f"{first}-{last}" if last < 2**63 - 1 else f"from {first} on"
        message = f"The segment {span} is gone without a certificate, and with it {len(events)} events."
        yield Finding(Kind.SEGMENT_PURGED, message, len(events), tuple(sorted(events)[:SHOWN]))
    if in_segments.leaves:
        yield from _gaps(in_segments, state, head)


def _gaps(missing: Missing, state: LedgerState, head: int | None) -> Iterator[Finding]:
    leaves, ids = list(missing.leaves), list(missing.ids)
    if len(leaves) == state.size:
        yield _finding(Kind.ALL_EVENTS_MISSING, f"All {len(ids)} events are missing", ids, leaves)
        return
    positions = range(len(leaves))
    cut = 0 if head is None else next((at for at in positions if leaves[at] != head + at), len(leaves))
    tail = next((at for at in positions if leaves[-1 - at] != state.size - 1 - at), len(leaves))
    if cut:
        yield _finding(Kind.HEAD_CUT, f"The head of the log is cut: {_first(cut)} missing", ids[:cut], leaves[:cut])
    if tail:
        at = len(leaves) - tail
        yield _finding(Kind.TAIL_CUT, f"The tail of the log is cut: {_last(tail)} missing", ids[at:], leaves[at:])
    if rest := ids[cut : len(ids) - tail]:
        verb = "event is missing" if len(rest) == 1 else "events are missing"
        yield _finding(Kind.EVENT_MISSING, f"{len(rest)} {verb}", rest, leaves[cut : len(ids) - tail])


def _first(count: int) -> str:
    return "its first event is" if count == 1 else f"its first {count} events are"


def _last(count: int) -> str:
    return "its last event is" if count == 1 else f"its last {count} events are"


def _finding(kind: Kind, message: str, ids: list[int], leaves: list[int]) -> Finding:
    events = tuple(sorted(ids)[:SHOWN])
    return Finding(kind, f"{message}: {named(ids)}.", len(ids), events, (leaves[0], leaves[-1]))


def _hole(segments: Sequence[tuple[int, int]], event: int) -> tuple[int, int] | None:
    """Return the ids around one for which the log has no segment; None if it has one."""
    first, last = 0, 2**63 - 1
    for start, end in segments:
        if start <= event < end:
            return None
        if end <= event:
            first = max(first, end)
        else:
            last = min(last, start - 1)
    return first, last


async def _leaves(source: Source, state: LedgerState, start: int, end: int) -> list[tuple[int, int, bytes]]:
    """Return leaf, id and hash of a range of leaves, as far as the ledger has them."""
    tiles = await source.tiles(0, start // FULL_WIDTH, -(-end // FULL_WIDTH))
    edge = state.size // FULL_WIDTH
    if state.edge and edge not in tiles:
        tiles[edge] = (state.edge[0], state.edge_ids)
    found = []
    for leaf in range(start, end):
        hashes, ids = tiles.get(leaf // FULL_WIDTH, (b"", ()))
        at = leaf % FULL_WIDTH
        if at < len(ids):
            found.append((leaf, ids[at], hashes[at * HASH_LENGTH : (at + 1) * HASH_LENGTH]))
    return found


async def _there(source: Source, ids: Sequence[int]) -> dict[int, bytes]:
    """Return the leaf hashes of those events that are in the log, wherever they stand in its order."""
    try:
        rows = await source.events_by_id(ids)
    except UNREADABLE:
        rows = []
    return {int.from_bytes(row[18:26], "big"): leaf_hash(row) for row in rows}
