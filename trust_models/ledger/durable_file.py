"""Writing a file so that it is there as a whole or not at all, also after a crash of the machine."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

HIDDEN = "."
"""What the name of an unfinished file begins with; a killed process may leave one behind."""


def create(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Write a new file; raise `FileExistsError` if there is one, which stays as it is, and `OSError` as usual."""
    with _unfinished(path, data, mode) as file:
        path.hardlink_to(file)
    _sync(path.parent)


def create_each(files: Mapping[Path, bytes]) -> list[Path]:
    """Write new files; return the paths of those that are there already and stay as they are; raise `OSError` as usual.

    When it returns, all are on the disk; a crash before may leave some of them.
    """
    there = []
    for path, data in files.items():
        with _unfinished(path, data, 0o644) as file:
            try:
                path.hardlink_to(file)
            except FileExistsError:
                there.append(path)
    for folder in {path.parent for path in files}:
        _sync(folder)
    return there


def replace(path: Path, data: bytes) -> None:
    """Write a file in the place of the one that may be there; raise `OSError` as usual."""
    with _unfinished(path, data, 0o644) as file:
        file.replace(path)
    _sync(path.parent)


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
def _unfinished(path: Path, data: bytes, mode: int) -> Iterator[Path]:
    """Give a file beside `path` whose content is already on the disk; it is gone afterwards, unless it was renamed."""
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


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
