"""Reading what a ledger has published, as anybody may who wants to check it.

Below the place's root there are `checkpoint`, the latest one, and the tiles of the tree (c2sp.org/tlog-tiles), without
the events, which stay in the database; and `checkpoints/<number, 12 digits>`, every checkpoint there ever was.
"""

from collections.abc import AsyncIterator

from trust_models.errors import InvalidNote
from trust_models.ledger.folder import Paths
from trust_models.ledger.place import Place, open_place

LATEST = "checkpoint"
HISTORY = "checkpoints"


class Published:
    """What a ledger has published at one place; its methods raise `StoreUnavailable` when that cannot be read."""

    def __init__(self, place: Place) -> None:
        self._place = place

    @classmethod
    def open(cls, place: str) -> "Published":
        """Return what is published in a folder or a bucket; nothing is read yet.

        Raises `ConfigurationError` for another text, and when the variables of an object store are not complete.
        """
        return cls(open_place(place))

    def __str__(self) -> str:
        return str(self._place)

    async def get(self, path: str) -> bytes | None:
        """Return what stands at a path; None if nothing does."""
        return await self._place.get(path)

    async def list(self, prefix: str, *, after: str = "") -> Paths:
        """Return the paths below a folder in their order, from behind `after` on."""
        return await self._place.list(prefix, after=after)

    async def latest(self) -> str | None:
        """Return the latest checkpoint, a signed note that nobody has checked yet; None before the first."""
        return await self._note(LATEST)

    async def checkpoint(self, number: int) -> str | None:
        """Return the checkpoint with a number, unchecked; None if it was not published here."""
        return await self._note(checkpoint_path(number))

    async def history(self, *, after: int = 0) -> AsyncIterator[tuple[int, str]]:
        """Yield number and note, unchecked, of the checkpoints behind a number, in their order."""
        for path in await self.list(HISTORY, after=checkpoint_path(after)):
            number = path.removeprefix(f"{HISTORY}/")
            note = await self._note(path) if number.isdecimal() and number.isascii() else None
            if note is not None:
                yield int(number), note

    async def _note(self, path: str) -> str | None:
        data = await self.get(path)
        try:
            return None if data is None else data.decode()
        except UnicodeDecodeError as error:
            raise InvalidNote(f"What is published as {path} at {self} is no signed note.") from error


def checkpoint_path(number: int) -> str:
    """Return where the checkpoint with a number is published for good."""
    return f"{HISTORY}/{number:012}"
