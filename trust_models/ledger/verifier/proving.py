"""Takes proofs of single events from a database, for whoever trusts the ledger's public key alone."""

from collections.abc import Collection

import asyncpg

from trust_models.errors import InvalidProof, NotFound, NotVerified
from trust_models.ledger.checkpoint import SignedCheckpoint, open_checkpoint
from trust_models.ledger.keys import Verifier
from trust_models.ledger.merkle import HASH_LENGTH
from trust_models.ledger.proof_file import ProofFile
from trust_models.ledger.tiles import Tile, inclusion_proof, tiles_of_inclusion
from trust_models.ledger.verifier.source import Source


class Prover:
    """Proves events, one after the other, from one snapshot of a database."""

    def __init__(self, source: Source, verifiers: Collection[Verifier]) -> None:
        self._source = source
        self._verifiers = verifiers
        self._opened: dict[str, SignedCheckpoint] = {}
        """The checkpoint, whose signatures are checked once, however many events it proves."""

    async def prove(self, event: int) -> ProofFile:
        """Return the proof of an event, with the event in it, at the last checkpoint; it has been checked.

        One question to the database, and nothing read that grows with the log. Raises `NotFound` if there is no such
        event, `NotVerified` if it is not in a signed checkpoint yet, was removed, or is not what the ledger says.
        """
        row = await self._source.sealed_event(event)
        if row is None:
            raise NotVerified("The ledger has lost its state.", hint="Run `trust-models audit verify`.")
        if row["bytes"] is None:
            if row["leaf"] is None:
                raise NotFound(f"There is no event {event}.")
            raise NotVerified(
                f"Event {event} is no longer in the log; its leaf in the ledger is {row['leaf']}.",
                hint="If its segment was retired, look into the archive; else run `trust-models audit verify`.",
            )
        size = row["tree_size"] or 0
        if row["leaf"] is None or row["leaf"] >= size:
            raise NotVerified(
                f"Event {event} is in no signed checkpoint yet.", hint="Run `trust-models audit seal`, or wait for it."
            )
        try:
            hashes = inclusion_proof(row["leaf"], size, _tiles(row))
            proof = ProofFile(row["leaf"], tuple(hashes), row["note"], row["bytes"])
            proof.verify_in(self._open(proof.checkpoint))
        except InvalidProof as error:
            raise InvalidProof(
                f"Event {event} cannot be proven: {error}",
                hint="Run `trust-models audit verify`: it says what was changed.",
            ) from error
        return proof

    def _open(self, note: str) -> SignedCheckpoint:
        if note not in self._opened:
            self._opened = {note: open_checkpoint(note, self._verifiers)}
        return self._opened[note]


def _tiles(row: asyncpg.Record) -> dict[Tile, bytes]:
    """Return tiles as wide as they were at the checkpoint: what is full by now, or the edge, begins with them."""
    full = {(level, number): hashes for level, number, hashes in row["tiles"]}
    partial = dict(enumerate(row["edge"]))
    return {
        tile: full.get((tile.level, tile.number), partial.get(tile.level, b""))[: tile.width * HASH_LENGTH]
        for tile in tiles_of_inclusion(row["leaf"], row["tree_size"])
    }
