"""What a verification can find, and how grave it is."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import IntEnum

from trust_models.enums import StrEnum

SHOWN = 100
"""How many events a finding names at most; it counts all of them."""


class Severity(IntEnum):
    """How grave a finding is. The number is the exit status of the command."""

    NONE = 0
    """Nothing is to be done."""
    UNPROVEN = 10
    """Nothing is wrong, but what is new, or all of it, is not proven yet."""
    EVENTS = 20
    """Events are not what the ledger says."""
    LEDGER = 30
    """The ledger itself is not what was published, or not of one piece."""


class Kind(StrEnum):
    """What was found."""

    SEGMENT_RETIRED = "segment_retired"
    NOTHING_PUBLISHED = "nothing_published"
    UNPUBLISHED = "unpublished"
    UNSEALED = "unsealed"
    EVENT_CHANGED = "event_changed"
    EVENTS_REORDERED = "events_reordered"
    EVENT_INSERTED = "event_inserted"
    EVENT_MISSING = "event_missing"
    HEAD_CUT = "head_cut"
    TAIL_CUT = "tail_cut"
    ALL_EVENTS_MISSING = "all_events_missing"
    SEGMENT_PURGED = "segment_purged"
    EVENT_UNREADABLE = "event_unreadable"
    SEQUENCE_RESET = "sequence_reset"
    LEDGER_DAMAGED = "ledger_damaged"
    LEDGER_ROLLED_BACK = "ledger_rolled_back"
    LEDGER_REPLACED = "ledger_replaced"
    CHECKPOINT_FORGED = "checkpoint_forged"
    CHECKPOINT_MISSING = "checkpoint_missing"
    CHECKPOINTS_EQUIVOCATE = "checkpoints_equivocate"

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return _SEVERITIES.get(self, Severity.EVENTS)


_SEVERITIES = {
    Kind.SEGMENT_RETIRED: Severity.NONE,
    Kind.NOTHING_PUBLISHED: Severity.UNPROVEN,
    Kind.UNPUBLISHED: Severity.UNPROVEN,
    Kind.UNSEALED: Severity.UNPROVEN,
    Kind.LEDGER_DAMAGED: Severity.LEDGER,
    Kind.LEDGER_ROLLED_BACK: Severity.LEDGER,
    Kind.LEDGER_REPLACED: Severity.LEDGER,
    Kind.CHECKPOINT_FORGED: Severity.LEDGER,
    Kind.CHECKPOINT_MISSING: Severity.LEDGER,
    Kind.CHECKPOINTS_EQUIVOCATE: Severity.LEDGER,
}


@dataclass(frozen=True)
class Finding:
    """One thing that was found. `message` is for people; the rest is for programs."""

    kind: Kind
    message: str
    count: int = 1
    """How many events, tiles or checkpoints it is about."""
    events: tuple[int, ...] = ()
    """Their ids, in order, the first `SHOWN` of them."""
    leaves: tuple[int, int] | None = None
    """The first and the last leaf that it is about."""
    once: bool = False
    """Whether a verification that goes on from this one has no need to say it again: nothing rests on it."""


@dataclass(frozen=True)
class Report:
    """What a verification has seen and found."""

    findings: tuple[Finding, ...]
    leaves: int
    """How many leaves the ledger has."""
    events: int
    """How many events were compared with their leaves."""
    checkpoints: int
    """How many checkpoints have a signature that holds."""
    unsealed: int
    """How many events are too new to have a leaf."""
    unsealed_seconds: float
    """How old the oldest of them is."""
    since: int
    """The leaf from which on was verified: 0 for everything."""

    @property
    def severity(self) -> Severity:
        """How grave the gravest finding is."""
        return max((one.kind.severity for one in self.findings), default=Severity.NONE)


def named(ids: Collection[int]) -> str:
    """Return ids as people write them: neighbours as a range, and not too many."""
    ranges = list(_ranges(sorted(ids)))
    words = [str(first) if first == last else f"{first}-{last}" for first, last in ranges[:20]]
    rest = sum(last - first + 1 for first, last in ranges[20:])
    return ", ".join(words) + (f" and {rest} more" if rest else "")


def events_finding(kind: Kind, ids: Collection[int], what: str) -> Finding:
    """Return a finding about events: "2 events were `what`: 7, 9"."""
    subject = "event was" if len(ids) == 1 else "events were"
    message = f"{len(ids)} {subject} {what}: {named(ids)}."
    return Finding(kind, message, len(ids), tuple(sorted(ids)[:SHOWN]))


def _ranges(ids: list[int]) -> Iterator[tuple[int, int]]:
    first = None
    for at, one in enumerate(ids):
        first = one if first is None else first
        if at + 1 == len(ids) or ids[at + 1] != one + 1:
            yield first, one
            first = None
