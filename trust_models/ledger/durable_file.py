"""Writing a file so that it is there as a whole or not at all, also after a crash of the machine."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

HIDDEN = "."
"""What the name of an unfinished file begins with; a killed process may leave one behind."""


def create(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a new file; raise `FileExistsError` if there is one, which stays as it is, and `OSError` as usual."""
    with _written(path, data, mode) as unfinished:
        path.hardlink_to(unfinished)


def replace(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a file in the place of the one that may be there; raise `OSError` as usual."""
    with _written(path, data, mode) as unfinished:
        unfinished.replace(path)


def make_folders(path: Path, *, below: Path) -> None:
    """Make the folders that lead from `below`, which exists, to `path`; raise `OSError` as usual."""
    missing = []
    while path != below and not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


@contextmanager
def _written(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """Give a name to the file by which its content is already on the disk; then see to it that the name is, too."""
    unfinished = path.with_name(f"{HIDDEN}{path.name}.{uuid4().hex}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield unfinished
    finally:
        unfinished.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
