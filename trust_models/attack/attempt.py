"""One attempt: a path, tried by a role on one thing."""

from dataclasses import dataclass, field

import asyncpg

from trust_models.attack.outcome import BUSY, Finding, Verdict, refusal
from trust_models.attack.path import Hole, Path, Words, filled_in
from trust_models.attack.stage import Stage
from trust_models.schema.catalogue import Catalogue, compare, snapshot


@dataclass(frozen=True)
class Attempt:
    """A path, what it is tried on and of which kind that is, and the words for its statement."""

    path: Path
    on: str
    kind: str
    words: Words

    @property
    def table(self) -> str:
        """The table whose lock it may have to wait for."""
        return self.words.get("table", "")


@dataclass
class Detector:
    """Whether a comparison of catalogues shows what an attempt does.

    That it does depends on the path and on the kind of the thing that it is tried on, not on the role or on the thing's
    name, and is looked at once for each.
    """

    before: Catalogue
    seen: dict[tuple[str, str], str] = field(default_factory=dict)

    async def trace(self, connection: asyncpg.Connection, one: Attempt) -> str | None:
        """Return the first difference that the attempt, not undone yet, makes in the catalogue, or None."""
        key = (one.path.name, one.kind)
        if key not in self.seen:
            differences = compare(self.before, await snapshot(connection))
            if not differences:
                return None
            self.seen[key] = f"{differences[0].change} {differences[0].key.kind}"
        return self.seen[key]


async def attempt(one: Attempt, stage: Stage, detector: Detector) -> Finding:
    """Try once, and once more when somebody else was in the way; undo it, and say what it came to."""
    finding = await _attempt(one, stage, detector)
    if finding.verdict is Verdict.NOT_TRIED and one.table not in stage.busy:
        finding = await _attempt(one, stage, detector)
        if finding.verdict is Verdict.NOT_TRIED:
            stage.busy.add(one.table)
    return finding


async def _attempt(one: Attempt, stage: Stage, detector: Detector) -> Finding:
    async with stage.undone():
        try:
            await one.path.send(
                stage.connection, filled_in(one.path.sql, one.words), first=stage.entry(one.table), last=stage.exit
            )
        except asyncpg.PostgresError as error:
            return refusal(error, one.path)
        try:
            return await _judge(one, stage, detector)
        except asyncpg.PostgresError as error:
            if error.sqlstate in BUSY:
                return Finding(Verdict.NOT_TRIED, "busy", error.sqlstate)
            return Finding(Verdict.OPEN, f"accepted; what it did cannot be seen ({error.sqlstate})")


async def _judge(one: Attempt, stage: Stage, detector: Detector) -> Finding:
    """Say what an accepted statement did, while it is not undone yet."""
    hole = one.path.hole
    if one.path.traced and (trace := await detector.trace(stage.connection, one)):
        return Finding(Verdict.DETECTED, f"catalogue: {trace}")
    if hole is Hole.ACCEPTED:
        return Finding(Verdict.OPEN, "accepted")
    if isinstance(hole, str):
        done = await stage.connection.fetchval(filled_in(hole, one.words))
        return Finding(Verdict.OPEN, "done") if done else Finding(Verdict.PREVENTED, "no effect")
    if await stage.evidence.is_touched(stage.connection):
        return Finding(Verdict.OPEN, "a record is changed or gone")
    return Finding(Verdict.PREVENTED, "no effect")


async def decide(question: str, one: Attempt, stage: Stage) -> Finding:
    """Ask the catalogue whether a path is open that is not tried."""
    async with stage.undone():
        try:
            is_open = await stage.connection.fetchval(filled_in(question, one.words))
        except asyncpg.PostgresError as error:
            return Finding(Verdict.NOT_TRIED if error.sqlstate in BUSY else Verdict.ERROR, str(error), error.sqlstate)
    return Finding(Verdict.OPEN, "the catalogue") if is_open else Finding(Verdict.PREVENTED, "the catalogue")
