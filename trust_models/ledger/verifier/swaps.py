"""Recognises events that bear what another one had.

Of an event that was changed nothing is known but its hash; yet what it was may stand in another row.
"""

from collections.abc import Iterator, Mapping, Sequence

from trust_models.ledger.merkle import leaf_hash

MOST = 64
"""Differences among which is searched: each is tried with each."""

_COUNT = slice(0, 2)
_TX_ID = slice(2, 14)
_ID = slice(14, 26)
_TIME = slice(26, 38)
_REST = slice(38, None)
"""Of an event's canonical bytes: how many columns, the first three with their lengths, the others."""


def swapped(rows: Sequence[bytes], leaves: Mapping[int, bytes]) -> list[tuple[int, int]]:
    """Return pairs of ids: of the event that stands there now, and of the one whose content it is.

    `rows` are the canonical bytes of events that do not have their leaf's hash, `leaves` the hashes of events that were
    changed or are gone, by id. Only pairs that a hash proves are returned.
    """
    ids = {row: int.from_bytes(row[_ID][4:], "big") for row in rows[:MOST]}
    wanted = {hashed: one for one, hashed in list(leaves.items())[:MOST]}
    pairs: set[tuple[int, int]] = set()
    for row, own in ids.items():
        for candidate in _originals(row, ids, list(leaves)[:MOST]):
            original = wanted.get(leaf_hash(candidate))
            if original is not None:
                pairs.add((own, original))
    return sorted(pairs)


def _originals(row: bytes, rows: Mapping[bytes, int], ids: Sequence[int]) -> Iterator[bytes]:
    """Yield what a row may have been: under another id, or in the place of another row."""
    for number in ids:
        yield b"".join((row[_COUNT], row[_TX_ID], row[_ID][:4], number.to_bytes(8, "big"), row[_TIME], row[_REST]))
    for other in rows:
        if other is not row:
            for kept in (other[_TX_ID] + row[_ID] + row[_TIME], *_heads(row, other)):
                yield row[_COUNT] + kept + row[_REST]


def _heads(row: bytes, other: bytes) -> Iterator[bytes]:
    yield other[_TX_ID] + other[_ID] + row[_TIME]
    yield other[_TX_ID] + other[_ID] + other[_TIME]
