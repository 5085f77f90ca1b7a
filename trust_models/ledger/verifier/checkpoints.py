"""Sees whether the checkpoints of a ledger are genuine, and of one tree: those in the database, and those published."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from trust_models.errors import NotVerified
from trust_models.ledger.checkpoint import SignedCheckpoint, open_checkpoint
from trust_models.ledger.keys import Verifier
from trust_models.ledger.verifier.findings import Finding, Kind, named
from trust_models.ledger.verifier.published import Published
from trust_models.ledger.verifier.source import Source

LATEST = "checkpoint"
HISTORY = "checkpoints"
_NUMBERED = re.compile(r"checkpoints/([0-9]{12}|[1-9][0-9]{12,18})")
"""One name for each number: a second one must not hide the first."""


@dataclass
class History:
    """The genuine checkpoints of one place, by number, and what is wrong with the others."""

    place: str
    """How messages name it."""
    checkpoints: dict[int, SignedCheckpoint] = field(default_factory=dict)
    notes: dict[int, bytes] = field(default_factory=dict)
    """The hash of each note, genuine or not: a note may be long, and anybody who seals can write one."""
    newest: tuple[int, str] | None = None
    """Number and note of the last one that is genuine."""
    findings: list[Finding] = field(default_factory=list)
    published: Published | None = None
    """Where it was read; None for the database."""
    latest: SignedCheckpoint | None = None
    """Of what is published: the one that everybody reads first."""

    @property
    def last(self) -> int:
        """The highest number; 0 if there is none. They come in their order."""
        return next(reversed(self.notes), 0)

    def add(self, number: int, note: str, known: "Opener") -> SignedCheckpoint | None:
        """Take a checkpoint that is genuine, or note that it is not."""
        self.notes[number] = _digest(note)
        try:
            signed = known.open(note)
        except NotVerified as error:
            message = f"Checkpoint {number} {self.place} is forged or damaged: {error}"
            # Any service that may seal may write a false note, and nobody may remove it. Nothing rests on it unless it
            # was published.
            self.findings.append(Finding(Kind.CHECKPOINT_FORGED, message, once=self.published is None))
            return None
        self.checkpoints[number] = signed
        self.newest = (number, note)
        return signed


class Opener:
    """Checks signatures, those of the same note once."""

    def __init__(self, verifiers: Collection[Verifier]) -> None:
        self._verifiers = verifiers
        self._known: dict[bytes, SignedCheckpoint] = {}

    def open(self, note: str) -> SignedCheckpoint:
        """Return what a note says; raise `NotVerified` if it is not genuine."""
        digest = _digest(note)
        if digest not in self._known:
            self._known[digest] = open_checkpoint(note, self._verifiers)
        return self._known[digest]


async def stored(source: Source, opener: Opener, *, after: int) -> History:
    """Return the checkpoints in the database whose number is above `after`."""
    history = History("in the database")
    async for row in source.checkpoints(after):
        number = row["number"]
        signed = history.add(number, row["note"], opener)
        if signed and signed.checkpoint.head != (row["tree_size"], row["root_hash"]):
            message = f"Checkpoint {number} in the database has columns that its signed note does not say."
            history.findings.append(Finding(Kind.CHECKPOINT_FORGED, message))
    return history


async def published_in(published: Published, opener: Opener, *, after: int) -> History:
    """Return the checkpoints that are published whose number is above `after`."""
    history = History(f"published at {published}", published=published)
    paths = {int(found[1]): path for path in await published.list(HISTORY) if (found := _NUMBERED.fullmatch(path))}
    for number in sorted(one for one in paths if one > after):
        history.add(number, _text(await published.get(paths[number])), opener)
    if (latest := await published.get(LATEST)) is not None:
        try:
            history.latest = opener.open(_text(latest))
        except NotVerified as error:
            message = f"The latest checkpoint {history.place} is forged or damaged: {error}"
            history.findings.append(Finding(Kind.CHECKPOINT_FORGED, message))
    return history


def contradictions(histories: Sequence[History], *, since: SignedCheckpoint | None) -> Iterator[Finding]:
    """Yield what shows, without the tree, that checkpoints are not of one ledger that only grows."""
    roots: dict[int, dict[bytes, str]] = {}
    for history in histories:
        signed = list(history.checkpoints.items())
        latest = [(0, history.latest)] if history.latest else []
        for number, one in [*signed, *latest]:
            name = f"{number} {history.place}" if number else f"the latest {history.place}"
            roots.setdefault(one.checkpoint.size, {}).setdefault(one.checkpoint.root, name)
        yield from _shrinking(history, since)
    for size, found in sorted(roots.items()):
        if len(found) > 1:
            names = " and ".join(found.values())
            message = f"The key has signed different trees of {size} leaves: {names}."
            yield Finding(Kind.CHECKPOINTS_EQUIVOCATE, message, len(found), leaves=(0, size - 1))


def gaps(database: History, places: Sequence[History], *, after: int) -> Iterator[Finding]:
    """Yield which checkpoints should be somewhere, and are not."""
    everywhere = set(database.notes).union(*(one.notes for one in places))
    last = max(everywhere, default=after)
    # Counted, not listed: who makes up a number decides how many are missing before it.
    if nowhere := last - after - len(everywhere):
        yield _missing_everywhere(sorted(everywhere), nowhere, after)
    if lost := everywhere - database.notes.keys():
        yield _missing(lost, "in the database, and published")
    expected = set(database.checkpoints).union(*(one.notes for one in places))
    for place in places:
        # A place may have been added later: what is there begins with its first one.
        since = next(iter(place.notes), 0)
        if unpublished := {one for one in expected - place.notes.keys() if since < one < place.last}:
            yield _missing(unpublished, f"among those {place.place}")
        genuine = database.checkpoints.keys() & place.checkpoints.keys()
        if differing := {one for one in genuine if database.notes[one] != place.notes[one]}:
            message = f"The checkpoints {named(differing)} in the database are not those {place.place}."
            yield Finding(Kind.CHECKPOINTS_EQUIVOCATE, message, len(differing))


def heads(histories: Iterable[History]) -> dict[int, dict[bytes, str]]:
    """Return the roots that were signed, by size of the tree, each with the name of a checkpoint that says so."""
    found: dict[int, dict[bytes, str]] = {}
    for history in histories:
        for number, one in history.checkpoints.items():
            name = f"checkpoint {number} {history.place}"
            found.setdefault(one.checkpoint.size, {}).setdefault(one.checkpoint.root, name)
        if history.latest:
            size, root = history.latest.checkpoint.head
            found.setdefault(size, {}).setdefault(root, f"the latest checkpoint {history.place}")
    return found


def _shrinking(history: History, since: SignedCheckpoint | None) -> Iterator[Finding]:
    size = since.checkpoint.size if since else 0
    for number, signed in sorted(history.checkpoints.items()):
        if signed.checkpoint.size < size:
            message = (
                f"Checkpoint {number} {history.place} has {signed.checkpoint.size} leaves; one before it has {size}."
            )
            yield Finding(Kind.LEDGER_ROLLED_BACK, message, size - signed.checkpoint.size)
        size = max(size, signed.checkpoint.size)


def _missing_everywhere(numbers: Sequence[int], count: int, after: int) -> Finding:
    gaps = [(one + 1, other - 1) for one, other in zip([after, *numbers], numbers, strict=False) if one + 1 < other]
    names = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in gaps[:20])
    what, verb = ("Checkpoint", "is") if count == 1 else ("Checkpoints", "are")
    more = ", …" if len(gaps) > 20 else ""  # noqa: PLR2004 - as many as are named
    return Finding(Kind.CHECKPOINT_MISSING, f"{what} {names}{more} {verb} missing everywhere.", count)


def _missing(numbers: Collection[int], where: str) -> Finding:
    what, verb = ("Checkpoint", "is") if len(numbers) == 1 else ("Checkpoints", "are")
    return Finding(Kind.CHECKPOINT_MISSING, f"{what} {named(numbers)} {verb} missing {where}.", len(numbers))


def _digest(note: str) -> bytes:
    return sha256(note.encode("utf-8", errors="replace")).digest()


def _text(note: bytes | None) -> str:
    return (note or b"").decode("utf-8", errors="replace")
