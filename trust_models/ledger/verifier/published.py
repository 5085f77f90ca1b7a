"""What the verifier needs of the place where the ledger is published."""

from typing import Protocol


class Published(Protocol):
    """A folder or an object store in the layout of c2sp.org/tlog-tiles, with the history of checkpoints beside it."""

    def __str__(self) -> str:
        """Return how messages name it."""

    async def get(self, path: str) -> bytes | None:
        """Return a file; None if there is none."""

    async def list(self, prefix: str) -> list[str]:
        """Return the paths of all files below a folder."""
