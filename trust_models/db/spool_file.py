"""One file of the spool: events that the audit log did not take, a line each, on the disk when `append` returns.

A line is the CRC-32 of a JSON object, a space and the object. The first one says of which database the events are. The
last one may be torn: its write did not end, so whoever waited for it did not go on.

The process that writes a file holds a lock on it (`flock`), which ends with the process. Only who has held the lock
since before the first line was read removes the file: then nothing can have come behind the last one.
"""

import errno
import fcntl
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID, uuid4
from zlib import crc32

from trust_models.errors import SpoolUnavailable

SUFFIX = ".spool"
_UNFINISHED = ".new"


class SpoolFile:
    """A file that this process writes."""

    def __init__(self, folder: Path, database: str) -> None:
        self.path = folder / f"{uuid4()}{SUFFIX}"
        self.lines = 0
        unfinished = self.path.with_suffix(_UNFINISHED)
        self._descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            # Under its name only once it is locked: nobody may take it for one that is left over.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._write({"database": database})
            unfinished.rename(self.path)
            _sync_folder(folder)
        except OSError:
            unfinished.unlink(missing_ok=True)
            self.close()
            raise

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one line to the disk; after an `OSError` its end may be torn, and nothing may follow."""
        self._write(entry)
        self.lines += 1

    def close(self) -> None:
        """End the lock; the file stays."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """Remove the file, whose lines have all been replayed."""
        self.path.unlink()
        self.close()

    def _write(self, value: Mapping[str, Any]) -> None:
        line = encode(value)
        if os.write(self._descriptor, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(self._descriptor)


def encode(value: Mapping[str, Any]) -> bytes:
    """Return the line for `value`."""
    text = json.dumps(value, separators=(",", ":")).encode()
    return b"%08x %s\n" % (crc32(text), text)


def spools(folder: Path) -> list[Path]:
    """Return the files of a spool; raise `OSError` where nobody can tell which there are."""
    # Not by glob, which finds nothing in a folder that it may not read.
    return sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)


def bytes_taken(folder: Path) -> int:
    """Return how much the files of a spool hold."""
    taken = 0
    for path in spools(folder):
        with suppress(FileNotFoundError):  # replayed meanwhile, and removed
            taken += path.stat().st_size
    return taken


def spool_of(path: Path) -> UUID:
    """Return the id of the spool that a file holds; raise `SpoolUnavailable` where its name says none."""
    try:
        return UUID(path.stem)
    except ValueError:
        raise SpoolUnavailable(f"The audit spool has a file that is not its own: {path}.") from None


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of a file; the first one is its head.

    Raises `SpoolUnavailable` for a file that somebody else has put there, and at a damaged line that is followed by
    another one.
    """
    with _opened(path) as file:
        damaged = 0
        for number, line in enumerate(file, start=1):
            if damaged:
                raise SpoolUnavailable(
                    f"The audit spool is damaged: {path}, line {damaged}.",
                    hint="Move that file out of the folder; each line of it is a checksum and an event as JSON.",
                )
            checksum, _, text = line.rstrip(b"\n").partition(b" ")
            if line.endswith(b"\n") and checksum == b"%08x" % crc32(text):
                yield json.loads(text)
            else:
                damaged = number


@contextmanager
def held(path: Path) -> Iterator[bool]:
    """Tell whether a file is left over, and keep it from others who would remove it; not while its process writes it.

    Raises what `read` raises for a file of somebody else.
    """
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


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


def _sync_folder(folder: Path) -> None:
    """Have the disk know the file's name as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
