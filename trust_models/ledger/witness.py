"""What is said to a witness and what it answers (c2sp.org/tlog-witness); the HTTP between is somebody else's."""

from collections.abc import Collection, Sequence

from trust_models.errors import InvalidNote, InvalidProof
from trust_models.ledger.keys import Algorithm, Verifier
from trust_models.ledger.lines import from_decimal, to_base64
from trust_models.ledger.note import Note, parse_signatures

PATH = "add-checkpoint"
"""What to POST to, below the witness's submission prefix."""

CONFLICT_TYPE = "text/x.tlog.size"
"""The content type of a 409 that says which size the witness has seen last."""

_MOST_HASHES = 63


def add_checkpoint(checkpoint: str, *, old_size: int, proof: Sequence[bytes]) -> bytes:
    """Return the body of the request to sign a checkpoint of ours.

    `proof` shows that the tree continues that of `old_size` leaves, the last one that the witness signed; it is empty
    for 0. Raises `InvalidProof` for a proof that no witness takes, and `InvalidNote` for what is no note.
    """
    if old_size < 0 or (old_size == 0 and proof) or len(proof) > _MOST_HASHES:
        raise InvalidProof(f"A witness takes no proof of {len(proof)} hashes from {old_size} leaves.")
    Note.parse(checkpoint)
    lines = [f"old {old_size}", *map(to_base64, proof), "", checkpoint]
    return "\n".join(lines).encode()


def with_cosignatures(checkpoint: str, answer: bytes, witnesses: Collection[Verifier]) -> str:
    """Return the checkpoint with the signatures that a witness answered, of keys that are known here.

    Raises `InvalidNote` for another answer, and `UntrustedNote` if there is none of a known key, or one is false.
    """
    note = Note.parse(checkpoint)
    known = [one for one in witnesses if one.algorithm is Algorithm.TIMED_ED25519]
    checked = Note(note.text, parse_signatures(_text(answer))).check(known)
    return str(note.with_signatures(one.signature for one in checked))


def size_of_conflict(answer: bytes) -> int:
    """Return how many leaves the tree had that the witness signed last, from its answer 409 of `CONFLICT_TYPE`.

    Raises `InvalidNote` for another answer.
    """
    try:
        return from_decimal(_text(answer).removesuffix("\n"))
    except ValueError as error:
        raise InvalidNote("The witness did not answer with a size.") from error


def _text(answer: bytes) -> str:
    try:
        return answer.decode()
    except UnicodeDecodeError as error:
        raise InvalidNote("The witness did not answer in UTF-8.") from error
