"""What became of an attempt."""

from dataclasses import dataclass

import asyncpg

from trust_models.attack.path import Attacker, Path
from trust_models.db.translation import translate
from trust_models.enums import StrEnum

BUSY = frozenset({"55P03", "57014", "40P01"})
"""Somebody else's locks: a lock was not to be had in time, a statement took too long, two waited for each other."""


class Verdict(StrEnum):
    """How an attempt ended."""

    PREVENTED = "prevented"
    DETECTED = "detected"
    OPEN = "open"
    NOT_TRIED = "not tried"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """How an attempt ended, and by what."""

    verdict: Verdict
    by: str
    sqlstate: str | None = None


@dataclass(frozen=True)
class Outcome:
    """One attempt: who tried which path on what, how it ended, and whether it should have been stopped."""

    attacker: Attacker
    role: str
    path: Path
    on: str
    finding: Finding
    should_be_closed: bool
    decided: bool

    @property
    def is_breach(self) -> bool:
        """Whether something that should be stopped was not; a detected one was not stopped either."""
        return self.should_be_closed and self.finding.verdict in {Verdict.OPEN, Verdict.DETECTED}

    @property
    def is_failure(self) -> bool:
        """Whether the run must not be taken for a success."""
        return self.is_breach or self.finding.verdict is Verdict.ERROR


def refusal(error: asyncpg.PostgresError, path: Path) -> Finding:
    """Return what the server's refusal says.

    Only what protects counts as prevention. A statement that the server does not understand protects nothing.
    """
    sqlstate = error.sqlstate or ""
    rule = getattr(error, "constraint_name", None)
    if sqlstate == "42501":
        return Finding(Verdict.PREVENTED, "missing privilege", sqlstate)
    if sqlstate == "42T01":
        return Finding(Verdict.PREVENTED, "schema lock", sqlstate)
    if sqlstate.startswith("23T"):
        return Finding(Verdict.PREVENTED, f"{'guard' if sqlstate == '23T01' else 'rule'} {rule}", sqlstate)
    if sqlstate in path.accepts:
        return Finding(Verdict.PREVENTED, f"PostgreSQL: {translate(error).message}", sqlstate)
    if sqlstate in BUSY:
        return Finding(Verdict.NOT_TRIED, "busy", sqlstate)
    return Finding(Verdict.ERROR, translate(error).message, sqlstate)
