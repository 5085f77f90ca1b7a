"""Proofs of one event in a file: the event, its place, the path to the root, the checkpoint (c2sp.org/tlog-proof)."""

from collections.abc import Collection
from dataclasses import dataclass

from trust_models.errors import InvalidNote, InvalidProof
from trust_models.ledger.checkpoint import SignedCheckpoint, open_checkpoint
from trust_models.ledger.keys import Verifier
from trust_models.ledger.lines import from_base64, from_decimal, hash_from_base64, to_base64
from trust_models.ledger.merkle import leaf_hash, verify_inclusion

_HEADER = "c2sp.org/tlog-proof@v1"
_EXTRA = "extra "
_INDEX = "index"
_MOST_HASHES = 63


@dataclass(frozen=True, slots=True)
class ProofFile:
    """What the file holds, unchecked. Store it as `<name>.tlog-proof`."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str
    """The signed checkpoint, as it was published."""
    extra: bytes | None = None
    """The event's canonical bytes, so that the file alone proves it."""

    @classmethod
    def parse(cls, text: str) -> "ProofFile":
        """Return the parts of a proof; raise `InvalidNote` if it has another form."""
        proof, gap, checkpoint = text.partition("\n\n")
        header, *lines = proof.split("\n")
        if header != _HEADER:
            raise InvalidNote(f"This is no proof: it does not begin with {_HEADER}.")
        if not gap or not lines:
            raise InvalidNote("The proof was cut: its checkpoint is missing.")
        try:
            extra = from_base64(lines.pop(0).removeprefix(_EXTRA)) if lines[0].startswith(_EXTRA) else None
            word, index = lines.pop(0).split(" ")
            found = cls(from_decimal(index), tuple(map(hash_from_base64, lines)), checkpoint, extra)
        except (ValueError, IndexError) as error:
            raise InvalidNote("The proof is damaged.") from error
        if word != _INDEX or len(found.hashes) > _MOST_HASHES:
            raise InvalidNote("The proof has no index, or too many hashes.")
        return found

    def __str__(self) -> str:
        extra = [] if self.extra is None else [f"{_EXTRA}{to_base64(self.extra)}"]
        lines = [_HEADER, *extra, f"{_INDEX} {self.index}", *map(to_base64, self.hashes)]
        return "\n".join([*lines, "", self.checkpoint])

    def verify(self, verifiers: Collection[Verifier], *, witnesses: Collection[Verifier] = ()) -> SignedCheckpoint:
        """Return the checkpoint that says that the event in `extra` happened; needs nothing but the public keys.

        Raises `InvalidProof` if the event is missing or not at its place in the tree, and what `open_checkpoint` does.
        """
        signed = open_checkpoint(self.checkpoint, verifiers, witnesses=witnesses)
        self.verify_in(signed)
        return signed

    def verify_in(self, signed: SignedCheckpoint) -> None:
        """Check that the event in `extra` has its place in the tree of a checkpoint that was opened.

        Raises `InvalidProof` if it has not, or there is no event.
        """
        if self.extra is None:
            raise InvalidProof("The proof does not hold the event.")
        verify_inclusion(leaf_hash(self.extra), index=self.index, head=signed.checkpoint.head, proof=self.hashes)
