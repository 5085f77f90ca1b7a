"""One place where checkpoints are published, and how far it has got."""

import asyncpg

from trust_models.errors import InvalidNote, PublicationConflict, UntrustedNote
from trust_models.ledger.checkpoint import open_checkpoint
from trust_models.ledger.keys import Verifier
from trust_models.ledger.merkle import EMPTY_ROOT, TreeHead
from trust_models.ledger.sealer.publisher import Publisher
from trust_models.ledger.sealer.tree import LastCheckpoint, notes_between, number_of, portions, read_tiles, root_at

_NOTHING = TreeHead(0, EMPTY_ROOT)


class Outlet:
    """Publishes what one place does not have yet."""

    def __init__(self, publisher: Publisher, verifiers: list[Verifier]) -> None:
        self._publisher = publisher
        self._verifiers = verifiers
        self._note: str | None = None
        self._number: int | None = None
        """The number of the checkpoint that is published as the latest; None if the database knows of none."""
        self._head = _NOTHING

    def __str__(self) -> str:
        return str(self._publisher)

    async def check(self, connection: asyncpg.Connection, head: TreeHead) -> None:
        """See that the tree continues what is published there.

        Raises `PublicationConflict` when it does not: the database is an older copy, or its tree was replaced. Raises
        `UntrustedNote` when no known key has signed what is published, and `StoreUnavailable`.
        """
        self._note = await self._publisher.latest()
        if self._note is None:
            self._head = _NOTHING
            return
        try:
            published = open_checkpoint(self._note, self._verifiers).checkpoint.head
        except (InvalidNote, UntrustedNote) as error:
            raise UntrustedNote(
                f"What is published at {self} was not signed by a key that is known here.",
                hint="Give the public keys of before in TRUST_LEDGER_PUBLIC_KEY, or another place to publish at.",
            ) from error
        if published.size > head.size:
            raise PublicationConflict(
                f"At {self}, a ledger of {published.size} leaves is published, and the database has {head.size}."
            )
        if published.root != await root_at(connection, published.size):
            raise PublicationConflict(f"At {self}, another tree of {published.size} leaves is published.")
        self._head = published
        self._number = await number_of(connection, self._note)

    async def publish(self, connection: asyncpg.Connection, head: TreeHead, checkpoint: LastCheckpoint) -> bool:
        """Publish the last checkpoint, with the tiles that its tree has got; return whether there was anything to do.

        Those that were signed while nothing could be published are published as well: a gap in what is published would
        look as if somebody had removed them. Raises `PublicationConflict` and `StoreUnavailable`.
        """
        if checkpoint.note == self._note:
            return False
        for portion in portions(self._head.size, head.size):
            tiles = {tile.path: hashes for tile, hashes in (await read_tiles(connection, portion)).items()}
            await self._publisher.publish_tiles(tiles)
        if self._number is not None:
            async for notes in notes_between(connection, self._number, checkpoint.number):
                await self._publisher.publish_history({one: note for one, note in notes.items() if self._is_ours(note)})
        await self._publisher.publish(checkpoint.number, checkpoint.note)
        self._note, self._number, self._head = checkpoint.note, checkpoint.number, head
        return True

    def _is_ours(self, note: str) -> bool:
        """Say whether a known key has signed it: whoever may seal may also write a false one."""
        try:
            open_checkpoint(note, self._verifiers)
        except (InvalidNote, UntrustedNote):
            return False
        return True
