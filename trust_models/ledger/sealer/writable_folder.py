"""A folder to publish in. Readers see each file as a whole or not at all, also after a crash of the machine."""

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path

from trust_models.ledger import durable_file
from trust_models.ledger.folder import Folder


class WritableFolder(Folder):
    """A folder that one process at a time publishes in; it has to exist."""

    async def create(self, files: Mapping[str, bytes]) -> Collection[str]:
        """Write new files; return the paths at which there is one already, which stays as it is."""
        return await asyncio.to_thread(self._create, files)

    async def replace(self, path: str, data: bytes) -> None:
        """Write a file in the place of the one that may be there."""
        await asyncio.to_thread(self._replace, path, data)

    async def remove(self, paths: Collection[str]) -> None:
        """Remove files, as far as they are there."""
        await asyncio.to_thread(self._remove, paths)

    def _create(self, files: Mapping[str, bytes]) -> Collection[str]:
        with self._reached():
            there = durable_file.create_each({self._target(path): data for path, data in files.items()})
            return [path.relative_to(self._root).as_posix() for path in there]

    def _replace(self, path: str, data: bytes) -> None:
        with self._reached():
            durable_file.replace(self._target(path), data)

    def _remove(self, paths: Collection[str]) -> None:
        with self._reached():
            for path in paths:
                (self._root / path).unlink(missing_ok=True)

    def _target(self, path: str) -> Path:
        target = self._root / path
        durable_file.make_folders(target.parent, below=self._root)
        return target
