"""Takes the proof of one event from a database, for whoever trusts the ledger's public key alone."""

from collections.abc import Collection

from trust_models.errors import InvalidProof, NotFound, NotVerified
from trust_models.ledger.keys import Verifier
from trust_models.ledger.merkle import HASH_LENGTH
from trust_models.ledger.proof_file import ProofFile
from trust_models.ledger.tiles import Tile, inclusion_proof, tiles_of_inclusion
from trust_models.ledger.verifier.source import Source


async def prove(source: Source, event: int, verifiers: Collection[Verifier]) -> ProofFile:
    """Return the proof of an event, with the event in it, at the last checkpoint; it has been checked.

    Two questions to the database, and nothing read that grows with the log. Raises `NotFound` if there is no such
    event, `NotVerified` if it is not in a signed checkpoint yet, was removed, or is not what the ledger says.
    """
    row = await source.sealed_event(event)
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
    tiles = await _tiles(source, tiles_of_inclusion(row["leaf"], size), row["edge"])
    proof = ProofFile(row["leaf"], tuple(inclusion_proof(row["leaf"], size, tiles)), row["note"], row["bytes"])
    try:
        proof.verify(verifiers)
    except InvalidProof as error:
        raise InvalidProof(
            f"Event {event} cannot be proven: {error}",
            hint="Run `trust-models audit verify`: it says what was changed.",
        ) from error
    return proof


async def _tiles(source: Source, wanted: Collection[Tile], edge: Collection[bytes]) -> dict[Tile, bytes]:
    """Return tiles as wide as they are wanted: what is full by now, or stands in the edge, begins with them."""
    full = await source.named_tiles(wanted)
    partial = dict(enumerate(edge))
    return {
        tile: full.get((tile.level, tile.number), partial.get(tile.level, b""))[: tile.width * HASH_LENGTH]
        for tile in wanted
    }
