"""Reading a file of the spool: its head, the lines that are whole, and those that are damaged."""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID, uuid4
from zlib import crc32

from trust_models.db.spool_file import DAMAGED, sync_folder
from trust_models.errors import SpoolUnavailable


@dataclass(frozen=True, slots=True)
class Head:
    """What the first line of a file says: which spool it is, wherever it was copied to, and of which database."""

    spool: UUID
    database: str
    server: str | None


class Reading:
    """One pass over a file, from its beginning."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.damaged: list[bytes] = []
        """The damaged lines that were passed on the way."""
        self._lines = self._whole_lines()

    def head(self) -> Head | None:
        """Return the head; None while its line is not whole.

        Raises `SpoolUnavailable` where it is damaged, and for a file that somebody else has put there.
        """
        first = next(self._lines, None)
        if first is None and not self.damaged:
            return None
        if first is not None and not self.damaged:
            with suppress(KeyError, TypeError, ValueError):
                return Head(UUID(first["spool"]), first["database"], first["server"])
        raise SpoolUnavailable(
            f"The audit spool has a file that does not say of which database it is: {self.path}.",
            hint="Move it out of the folder; each line of it is a checksum and an event as JSON.",
        )

    def entries(self) -> Iterator[dict[str, Any]]:
        """Yield what follows the head, each with the number of the line that it `follows`; not what is damaged."""
        last = 0
        for entry in self._lines:
            yield entry | {"follows": last}
            last = entry["number"]

    def _whole_lines(self) -> Iterator[dict[str, Any]]:
        with _opened(self.path) as file:
            for line in file:
                checksum, _, text = line.rstrip(b"\n").partition(b" ")
                if not line.endswith(b"\n"):  # torn: whoever waited for it did not go on
                    return
                if checksum == b"%08x" % crc32(text):
                    yield json.loads(text)
                else:
                    self.damaged.append(line)


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Tell whether a file is left over, and keep it from others who would remove it; not while its process writes it.

    Raises `SpoolUnavailable` for a file that somebody else has put there.
    """
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def set_aside(path: Path, lines: list[bytes]) -> None:
    """Have damaged lines of a file on the disk, in one of their own beside it, before it is removed."""
    unfinished = path.with_suffix(f".{uuid4()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(descriptor)
    unfinished.rename(path.with_suffix(DAMAGED))
    sync_folder(path.parent)


def remove(path: Path) -> None:
    """Remove a file that is `held`, and whose lines have all been replayed; it stays where nobody may."""
    with suppress(FileNotFoundError, PermissionError):
        path.unlink()


def _opened(path: Path) -> BinaryIO:
    """Open a file of the spool: not what others have laid into a folder that is open to them."""
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    status = os.fstat(file.fileno())
    if stat.S_ISREG(status.st_mode) and status.st_uid in {os.geteuid(), path.parent.stat().st_uid}:
        return file
    file.close()
    raise SpoolUnavailable(f"The audit spool has a file that is not its own: {path}.")
