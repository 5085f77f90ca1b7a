"""What is wrong with the ledger itself: with its tiles, and with its roots against those that were signed."""

from collections.abc import Iterator, Mapping, Sequence

from trust_models.errors import InvalidProof
from trust_models.ledger.merkle import TreeHead, root
from trust_models.ledger.tiles import FULL_WIDTH
from trust_models.ledger.verifier.checkpoints import History
from trust_models.ledger.verifier.events import Comparison
from trust_models.ledger.verifier.findings import Finding, Kind, named
from trust_models.ledger.verifier.rewritten import Comparer
from trust_models.ledger.verifier.source import LedgerState, Source
from trust_models.ledger.verifier.walk import Walk

Signed = Mapping[int, Mapping[bytes, str]]
"""The roots that were signed, by size, with the name of a checkpoint that says so."""


def of_roots(state: LedgerState, seen: Walk, signed: Signed, *, begin: int) -> Iterator[Finding]:
    """Yield which signed checkpoints are not of this ledger, and what that means for it."""
    if lost := {size: roots for size, roots in signed.items() if size > state.size}:
        size = max(lost)
        name = next(iter(lost[size].values()))
        message = (
            f"The ledger was rolled back: it has {state.size} leaves, and {name} has {size};"
            f" the last {size - state.size} are gone."
        )
        yield Finding(Kind.LEDGER_ROLLED_BACK, message, size - state.size, leaves=(state.size, size - 1))
    judged = {size: signed[size] for size in seen.roots.keys() & signed.keys() if size}
    false = sorted(size for size, roots in judged.items() if seen.roots[size] not in roots)
    if not false:
        return
    agreed = max((size for size in judged if size not in false), default=begin)
    name = next(iter(judged[false[0]].values()))
    if agreed and agreed < false[0]:
        message = (
            f"The ledger was replaced behind its first {agreed} leaves: {name}, of {false[0]}, is of another tree."
        )
    elif agreed:
        message = f"The signed checkpoints are not of one tree: {name}, of {false[0]} leaves, is of another."
    else:
        message = (
            f"The whole ledger was replaced: {name}, of {false[0]} leaves, is of another tree, and none is of this one."
        )
    yield Finding(Kind.LEDGER_REPLACED, message, leaves=(agreed if agreed < false[0] else 0, state.size - 1))


async def of_rewriting(source: Source, state: LedgerState, seen: Walk, histories: Sequence[History]) -> list[Finding]:
    """Return which events were rewritten together with their leaves, as far as the tiles that are published tell."""
    false = [(head, one.published) for one in histories if one.published for head in _false_heads(seen, one)]
    if not false:
        return []
    head, published = max(false, key=lambda one: one[0])
    try:
        leaves = await Comparer(source, state, published, head).differing()
    except InvalidProof as error:
        return [Finding(Kind.LEDGER_REPLACED, f"Which leaves were replaced cannot be told: {error}")]
    if not leaves:
        return []
    ids = [event for event, _ in (await source.leaves(leaves, state)).values()]
    message = f"The leaves of these events are not the ones that were published: {named(ids)}."
    return [Finding(Kind.LEDGER_REPLACED, message, len(ids), tuple(sorted(ids)), (leaves[0], leaves[-1]))]


def of_tiles(seen: Walk, found: Comparison) -> Iterator[Finding]:
    """Yield which tiles are damaged, and whether their events are."""
    for number in seen.missing:
        message = f"Tile {number} of level 0 is missing or malformed; the ledger cannot be read behind it."
        leaves = number * FULL_WIDTH, (number + 1) * FULL_WIDTH - 1
        yield Finding(Kind.LEDGER_DAMAGED, message, leaves=leaves)
    for number, entry in seen.entries.items():
        its = range(number * FULL_WIDTH, (number + 1) * FULL_WIDTH)
        intact = root(b"".join(found.actual.get(leaf, b"") for leaf in its)) == entry
        what = "its events are intact" if intact else "whether its events were changed as well cannot be told"
        message = f"Tile {number} of level 0 does not lead to the tile above; {what}."
        yield Finding(Kind.LEDGER_DAMAGED, message, leaves=(its[0], its[-1]))
    above = [(level, number) for level, number in seen.false if level != 1 or not seen.entries]
    if above:
        names = ", ".join(f"{number} of level {level}" for level, number in above[:20])
        message = f"Tiles are missing, too many, or not what follows from those below: {names}."
        yield Finding(Kind.LEDGER_DAMAGED, message, len(above))
    for leaf, event in found.misnumbered.items():
        message = f"The ledger names another event for leaf {leaf}, which is event {event}'s."
        yield Finding(Kind.LEDGER_DAMAGED, message, events=(event,), leaves=(leaf, leaf))


def _false_heads(seen: Walk, history: History) -> list[TreeHead]:
    """Return the signed heads of a place that are not of this tree."""
    signed = [*history.checkpoints.values(), *([history.latest] if history.latest else [])]
    heads = {one.checkpoint.head for one in signed}
    return [one for one in heads if one.size in seen.roots and seen.roots[one.size] != one.root]
