"""A folder in which checkpoints and tiles are published, for reading."""

import asyncio
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from trust_models.errors import StoreUnavailable
from trust_models.ledger.durable_file import HIDDEN

Paths: TypeAlias = list[str]
"""Because `list` is a method below."""

LARGEST = 1 << 20
"""Bytes that a published file has at most: a tile has 8 KiB, a note 64 KiB."""


class Folder:
    """What is published in a folder. Its methods raise `StoreUnavailable` for what they cannot do."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __str__(self) -> str:
        return str(self._root)

    async def get(self, path: str) -> bytes | None:
        """Return what stands at a path; None if nothing does."""
        return await asyncio.to_thread(self._get, path)

    async def list(self, prefix: str, *, after: str = "") -> Paths:
        """Return the paths below a folder in their order, from behind `after` on; none if there is no such folder."""
        return await asyncio.to_thread(self._list, prefix, after)

    def _get(self, path: str) -> bytes | None:
        with self._reached():
            try:
                return self._read(self._root / path)
            except (FileNotFoundError, NotADirectoryError):
                self._see_that_it_is_there()
                return None

    def _read(self, path: Path) -> bytes:
        # Who owns the folder must not be able to keep a reader busy for ever: with a pipe, a device, or without end.
        status = path.stat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST:
            raise foreign(str(path))
        with path.open("rb") as file:
            return file.read(LARGEST)

    def _list(self, prefix: str, after: str) -> Paths:
        with self._reached():
            self._see_that_it_is_there()
            top = self._root / prefix
            files = self._files(top) if top.is_dir() else ()
            found = (path.relative_to(self._root).as_posix() for path in files)
            return sorted(path for path in found if path > after)

    def _files(self, folder: Path) -> Iterator[Path]:
        # Not by glob, which finds nothing in a folder that it may not read.
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():  # which could lead in a circle
                yield from self._files(path)
            elif not path.name.startswith(HIDDEN):
                yield path

    def _see_that_it_is_there(self) -> None:
        # A missing folder, for one a disk that is not mounted, must not pass for one in which nothing was published.
        self._root.stat()

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreUnavailable(
                f"The folder {self._root} cannot be used: {error.strerror or error}.",
                hint="Make it, and give the role of this process the right to it.",
            ) from error


def foreign(name: str) -> StoreUnavailable:
    """Return the error for what cannot have been published by a ledger."""
    return StoreUnavailable(f"{name} is no file that a ledger publishes.", hint="Look into who made it.")
