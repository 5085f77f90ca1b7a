"""Publishing checkpoints and tiles outside the database, where who changes the database cannot change them as well.

What is published stays: whoever has the database and the key in his hands cannot put another tree in its place, unless
he can also delete there. A second place with other owners, or Object Lock, takes that from him.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Protocol

from trust_models.enums import Environment
from trust_models.errors import ConfigurationError, PublicationConflict, StoreUnavailable
from trust_models.ledger.place import FORM, Place, folder_of
from trust_models.ledger.published import LATEST, Published, checkpoint_path
from trust_models.ledger.sealer.writable_bucket import WritableBucket
from trust_models.ledger.sealer.writable_folder import WritableFolder
from trust_models.settings import LedgerSettings

_NO_TILES: Mapping[str, bytes] = MappingProxyType({})


class WritablePlace(Place, Protocol):
    """A place to publish at. Everything raises `StoreUnavailable`."""

    async def create(self, files: Mapping[str, bytes]) -> Collection[str]:
        """Write what is new; return the paths at which there is something already, which stays as it is."""

    async def replace(self, path: str, data: bytes) -> None:
        """Write in the place of what may be there."""

    async def remove(self, paths: Collection[str]) -> None:
        """Remove what may be there."""


class Publisher(Published):
    """Publishes at one place; one process at a time."""

    def __init__(self, place: WritablePlace) -> None:
        super().__init__(place)
        self._writable = place
        self._completed: dict[str, str] = {}

    @classmethod
    def open(cls, place: str) -> "Publisher":
        """Return what publishes in a folder or a bucket, which have to exist; nothing is written yet.

        Raises `ConfigurationError` for another text, and when the variables of an object store are not complete.
        """
        folder = folder_of(place)
        return cls(WritableBucket(place) if folder is None else WritableFolder(folder))

    async def publish(self, number: int, note: str, tiles: Mapping[str, bytes] = _NO_TILES) -> None:
        """Publish a checkpoint with the tiles, by path, that its tree has more than that of the one before.

        The tiles come first, then the checkpoint under its number, and last under the name by which readers find it:
        so they never see a checkpoint without its tree. After a kill at any point, the same call completes the rest.
        Afterwards partial tiles are removed whose full ones have been published (c2sp.org/tlog-tiles).

        Raises `PublicationConflict` when something else was published there, and `StoreUnavailable`.
        """
        await self.publish_tiles(tiles)
        await self.publish_history({number: note})
        await self._writable.replace(LATEST, note.encode())
        await self._remove_partial()

    async def publish_tiles(self, tiles: Mapping[str, bytes]) -> None:
        """Publish tiles ahead of the checkpoint that needs them, for trees whose tiles are too many to be held at once.

        Give those of a level from left to right. Raises as `publish` does.
        """
        await self._publish_for_good(tiles)
        for path in tiles:
            if ".p/" not in path:
                # Only the first of a level was the tree's right edge before, and so was published as a partial one.
                self._completed.setdefault(path.split("/")[1], path)

    async def publish_history(self, notes: Mapping[int, str]) -> None:
        """Publish checkpoints under their numbers alone: the latest one stays what it is. Raises as `publish` does."""
        await self._publish_for_good({checkpoint_path(number): note.encode() for number, note in notes.items()})

    async def _publish_for_good(self, files: Mapping[str, bytes]) -> None:
        for path in await self._writable.create(files):
            if await self.get(path) != files[path]:
                raise PublicationConflict(f"At {self}, something else is already published as {path}.")

    async def _remove_partial(self) -> None:
        try:
            partial = [path for full in self._completed.values() for path in await self.list(f"{full}.p")]
            if partial:
                await self._writable.remove(partial)
        except StoreUnavailable:
            # They only take space. A store that lets nobody delete is a good one.
            return
        self._completed.clear()


def publishers(settings: LedgerSettings) -> list[Publisher]:
    """Return what publishes at each place of TRUST_LEDGER_PUBLISH.

    Raises `ConfigurationError` as `Publisher.open` does, and in production when there is no place: without one, nothing
    outside the database could tell that the ledger was replaced.
    """
    if not settings.ledger_publish and settings.environment is Environment.PRODUCTION:
        raise ConfigurationError(f"TRUST_LEDGER_PUBLISH: it is not set, and production demands a place; give {FORM}.")
    try:
        return [Publisher.open(place) for place in settings.ledger_publish]
    except ConfigurationError as error:
        raise ConfigurationError(f"TRUST_LEDGER_PUBLISH: {error}") from None
