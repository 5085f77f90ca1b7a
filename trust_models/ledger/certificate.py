"""Certificates of retention: a signed note that a segment of the audit log was removed on purpose, and what it held."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from trust_models.errors import InvalidNote, UntrustedNote
from trust_models.ledger.keys import Algorithm, Signer, Verifier
from trust_models.ledger.lines import from_decimal, hash_from_base64, to_base64
from trust_models.ledger.merkle import TreeHead
from trust_models.ledger.note import Note, sign

_KIND = "/retention"


class Certificate(NamedTuple):
    """What a removed segment held. The origin is that of the ledger's checkpoints."""

    origin: str
    first_id: int
    last_id: int
    leaves: int
    """How many events of the segment are sealed: numbers may be missing between the first and the last."""
    root: bytes
    """The root over the leaf hashes of the segment's events, in the order of their leaves."""
    head: TreeHead
    """A tree, published in a checkpoint, in which all of them are."""

    @classmethod
    def parse(cls, text: str) -> "Certificate":
        """Return the certificate of a note's text; raise `InvalidNote` if it has another form."""
        try:
            kind, segment, leaves, root, checkpoint, end = text.split("\n")
            first, last = _after("segment ", segment).split("-")
            size, head = _after("checkpoint ", checkpoint).split(" ")
            found = cls(
                kind.removesuffix(_KIND),
                from_decimal(first),
                from_decimal(last),
                from_decimal(_after("leaves ", leaves)),
                hash_from_base64(root),
                TreeHead(from_decimal(size), hash_from_base64(head)),
            )
        except ValueError as error:
            raise InvalidNote("This is no certificate of retention.") from error
        if end or not kind.endswith(_KIND) or found.first_id > found.last_id or found.leaves > found.head.size:
            raise InvalidNote("This is no certificate of retention.")
        return found

    @property
    def text(self) -> str:
        """The text of the note."""
        return (
            f"{self.origin}{_KIND}\nsegment {self.first_id}-{self.last_id}\nleaves {self.leaves}\n"
            f"{to_base64(self.root)}\ncheckpoint {self.head.size} {to_base64(self.head.root)}\n"
        )

    @property
    def path(self) -> str:
        """Where it is published, below the ledger's folder or URL."""
        return f"certificates/{self.first_id}-{self.last_id}"


def sign_certificate(certificate: Certificate, signers: Collection[Signer]) -> Note:
    """Return the certificate, signed by each key; raise `ValueError` unless the keys are those of its ledger."""
    if not signers or any(signer.name != certificate.origin for signer in signers):
        raise ValueError(f"a certificate of {certificate.origin} is signed by its keys")
    return sign(certificate.text, signers)


def open_certificate(note: str, verifiers: Iterable[Verifier]) -> Certificate:
    """Return what a certificate says, if one of the ledger's keys signed it.

    Raises `InvalidNote` if it has another form, `UntrustedNote` if none of the keys signed it or a signature is false.
    """
    parsed = Note.parse(note)
    certificate = Certificate.parse(parsed.text)
    own = {one for one in verifiers if one.name == certificate.origin and one.algorithm is Algorithm.ED25519}
    if not own:
        raise UntrustedNote(f"The certificate is of {certificate.origin!r}, for which no key is known.")
    parsed.check(own)
    return certificate


def _after(word: str, line: str) -> str:
    if not line.startswith(word):
        raise ValueError(f"a line should begin with {word}")
    return line.removeprefix(word)
