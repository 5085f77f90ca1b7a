"""What an examination finds."""

from dataclasses import dataclass
from enum import Enum


class Status(str, Enum):
    """How serious a finding is: only FAILED makes the examination fail."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


@dataclass(frozen=True)
class Finding:
    """What one check found: `mend` says what to do, and is empty only where nothing has to be done."""

    check: str
    status: Status
    message: str
    mend: str = ""
    detail: str = ""

    def __post_init__(self) -> None:
        if self.status is not Status.OK and not self.mend:
            raise ValueError(f"the finding of {self.check} needs a mend")


def ok(check: str, message: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(check, Status.OK, message)


def warning(check: str, message: str, *, mend: str, detail: str = "") -> Finding:
    """Return a finding that should be mended, and that nothing depends on today."""
    return Finding(check, Status.WARNING, message, mend, detail)


def failed(check: str, message: str, *, mend: str, detail: str = "") -> Finding:
    """Return a finding by which a promise of the product does not hold."""
    return Finding(check, Status.FAILED, message, mend, detail)
