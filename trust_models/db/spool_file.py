"""One file of the spool: events that the audit log did not take, a line each, on the disk when `append` returns.

A line is the CRC-32 of a JSON object, a space and the object. The first one has the spool's own id, and says of which
database and server the events are; the others are numbered from one. The last one may be torn: its write did not end,
so whoever waited for it did not go on.

The process that writes a file holds a lock on it (`flock`), which ends with the process. Only who has held the lock
since before the first line was read removes the file: then nothing can have come behind the last one.
"""

import errno
import fcntl
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import uuid4
from zlib import crc32

SUFFIX = ".spool"
DAMAGED = ".damaged"
"""Of a file with the damaged lines of the one of its name, all others of which have been replayed."""
_UNFINISHED = ".new"


class SpoolFile:
    """A file that this process writes; `server` is `trust.server_identity()`, where that is known."""

    def __init__(self, folder: Path, database: str, server: str | None) -> None:
        spool = uuid4()
        self.path = folder / f"{spool}{SUFFIX}"
        self.server = server
        self.lines = 0
        unfinished = self.path.with_suffix(_UNFINISHED)
        self._descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            # Under its name only once it is locked: nobody may take it for one that is left over.
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._write({"spool": str(spool), "database": database, "server": server})
            unfinished.rename(self.path)
            sync_folder(folder)
        except OSError:
            unfinished.unlink(missing_ok=True)
            self.close()
            raise

    def append(self, entry: Mapping[str, Any]) -> None:
        """Write one line to the disk; after an `OSError` its end may be torn, and nothing may follow."""
        self._write({**entry, "number": self.lines + 1})
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
    return _files(folder, SUFFIX)


def damaged(folder: Path) -> list[Path]:
    """Return the files with damaged lines that nobody has taken away yet; raise what `spools` raises."""
    return _files(folder, DAMAGED)


def _files(folder: Path, suffix: str) -> list[Path]:
    # Not by glob, which finds nothing in a folder that it may not read.
    return sorted(path for path in folder.iterdir() if path.suffix == suffix)


def bytes_taken(folder: Path) -> int:
    """Return how much the files of a spool hold."""
    taken = 0
    for path in spools(folder):
        with suppress(FileNotFoundError):  # replayed meanwhile, and removed
            taken += path.stat().st_size
    return taken


def sync_folder(folder: Path) -> None:
    """Have the disk know the names of the folder's files as well."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
