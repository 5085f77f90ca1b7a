"""The lock that keeps two processes from running a server on the same data folder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trust_models.errors import ConfigurationError
from trust_models.provisioning.embedded.processes import is_running

__all__ = ["locked"]


@contextmanager
def locked(path: Path, *, deadline: float) -> Iterator[int]:
    """Hold the lock file and yield its descriptor; a process that inherits it holds the lock as well.

    A server whose owner has just died is still being stopped, which is waited for until `deadline`
    (of `time.monotonic`). Raises ConfigurationError when its owner lives, or when the time is up.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        while not _taken(descriptor):
            owner = _owner(descriptor)
            if is_running(owner) or time.monotonic() > deadline:
                raise ConfigurationError(f"{path.with_suffix('')} is in use by process {owner}.")
            time.sleep(0.02)  # flock has no timeout of its own
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _owner(descriptor: int) -> int:
    """Return the process id that the holder wrote; one that no process has when it has not done so yet."""
    return int(os.pread(descriptor, 20, 0) or 2**31 - 1)
