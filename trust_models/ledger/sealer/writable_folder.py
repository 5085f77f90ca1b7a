"""A folder to publish in. Readers see each file as a whole or not at all, also after a crash of the machine."""

import asyncio
from pathlib import Path

from trust_models.ledger import durable_file
from trust_models.ledger.folder import Folder


class WritableFolder(Folder):
    """A folder that one process at a time publishes in; it has to exist."""

    async def create(self, path: str, data: bytes) -> bool:
        """Write a new file; False if there is one already, which stays as it is."""
        return await asyncio.to_thread(self._create, path, data)

    async def replace(self, path: str, data: bytes) -> None:
        """Write a file in the place of the one that may be there."""
        await asyncio.to_thread(self._replace, path, data)

    async def remove(self, path: str) -> None:
        """Remove a file, if it is there."""
        await asyncio.to_thread(self._remove, path)

    def _create(self, path: str, data: bytes) -> bool:
        with self._reached():
            target = self._target(path)
            try:
                durable_file.create(target, data)
            except FileExistsError:
                return False
            return True

    def _replace(self, path: str, data: bytes) -> None:
        with self._reached():
            durable_file.replace(self._target(path), data)

    def _remove(self, path: str) -> None:
        with self._reached():
            (self._root / path).unlink(missing_ok=True)

    def _target(self, path: str) -> Path:
        target = self._root / path
        durable_file.make_folders(target.parent, below=self._root)
        return target
