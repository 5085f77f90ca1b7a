"""Checkpoints: the head of the tree, signed, with the time of the signing (c2sp.org/tlog-checkpoint)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import NamedTuple

from trust_models.errors import InvalidNote, UntrustedNote
from trust_models.ledger.keys import Algorithm, Signer, Verifier
from trust_models.ledger.lines import from_decimal, hash_from_base64, to_base64
from trust_models.ledger.merkle import TreeHead
from trust_models.ledger.note import Checked, Note, sign, timed_signatures

_LINES = 3


class Checkpoint(NamedTuple):
    """What is signed: which ledger, how many leaves, which root. The origin is the name of the ledger's keys."""

    origin: str
    size: int
    root: bytes

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Return the checkpoint of a note's text; raise `InvalidNote` if it has another form.

        Lines beyond the three are refused: ours have none, and nobody could check what they say.
        """
        *lines, end = text.split("\n")
        if end or len(lines) != _LINES or not lines[0]:
            raise InvalidNote("A checkpoint has three lines: origin, size, root.")
        try:
            return cls(lines[0], from_decimal(lines[1]), hash_from_base64(lines[2]))
        except ValueError as error:
            raise InvalidNote("The checkpoint's size is no number, or its root is no hash.") from error

    @property
    def text(self) -> str:
        """The text of the note."""
        return f"{self.origin}\n{self.size}\n{to_base64(self.root)}\n"

    @property
    def head(self) -> TreeHead:
        """The tree."""
        return TreeHead(self.size, self.root)


class SignedCheckpoint(NamedTuple):
    """A checkpoint whose signatures were checked."""

    checkpoint: Checkpoint
    signed_at: datetime
    """When the ledger's key signed, in whole seconds; of several keys, the earliest time."""
    witnessed_at: dict[str, datetime]
    """When each known witness saw it, by name."""


def sign_checkpoint(head: TreeHead, signers: Collection[Signer], *, at: datetime) -> Note:
    """Return the tree's head, signed by each key: as it is, as every reader of such logs expects, and with the time.

    So the checkpoint of a time in which nothing happened differs from the one before, and silence can be proved.
    Raises `ValueError` unless all keys have the same name, which becomes the origin.
    """
    (origin,) = {signer.name for signer in signers}
    text = Checkpoint(origin, *head).text
    return sign(text, signers).with_signatures(timed_signatures(text, signers, at=at))


def open_checkpoint(
    note: str, verifiers: Iterable[Verifier], *, witnesses: Collection[Verifier] = ()
) -> SignedCheckpoint:
    """Return what a signed checkpoint says, if one of the ledger's keys signed it as it is and with a time.

    Raises `InvalidNote` if it has another form, `UntrustedNote` if it is signed otherwise, for another ledger than
    that of the keys, or if a signature is false. A witness that did not sign is left out; see to how many you want.
    """
    parsed = Note.parse(note)
    checkpoint = Checkpoint.parse(parsed.text)
    own = {one for one in verifiers if one.name == checkpoint.origin}
    if not own:
        raise UntrustedNote(f"The checkpoint is of {checkpoint.origin!r}, for which no key is known.")
    own |= {one.timed for one in own}
    checked = parsed.check({*own, *witnesses})
    if not any(one.verifier in own and one.verifier.algorithm is Algorithm.ED25519 for one in checked):
        raise UntrustedNote("No known key of the ledger has signed the checkpoint.")
    times = [one.time for one in checked if one.verifier in own and one.time]
    if not times:
        raise UntrustedNote("No known key of the ledger has signed the checkpoint's time.")
    return SignedCheckpoint(checkpoint, min(times), _witnessed(checked, own))


def _witnessed(checked: Iterable[Checked], own: Collection[Verifier]) -> dict[str, datetime]:
    return {one.verifier.name: one.time for one in checked if one.verifier not in own and one.time}
