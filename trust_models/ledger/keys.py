"""Keys that sign notes, and those that check them, in the text forms of C2SP (c2sp.org/signed-note, Ed25519).

    PRIVATE+KEY+<name>+<key id>+<base64>    signs; keep it out of the database, and from whoever can write to it
    <name>+<key id>+<base64>                checks; give it to everybody

One Ed25519 key makes two kinds of signature: of a text as it is, and of a text at a time. What they sign never is the
same: a timed one is over a first line that no text of ours begins with.
"""

import re
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from trust_models.errors import InvalidKey
from trust_models.ledger.lines import from_base64, to_base64

TIMED_HEADER = "cosignature/v1"
"""The first line under a timed signature (c2sp.org/tlog-cosignature), and no name of a key."""

_PRIVATE = "PRIVATE+KEY+"
_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_KEY_ID = re.compile(r"[0-9a-f]{8}")
_KEY_LENGTH = 32


class Algorithm(IntEnum):
    """A kind of signature, by the number that C2SP gave it."""

    ED25519 = 1
    """Over the text."""
    TIMED_ED25519 = 4
    """Over the text and a time (c2sp.org/tlog-cosignature); what witnesses make."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key, and the kind of signature that it checks."""

    name: str
    public_key: bytes
    algorithm: Algorithm = Algorithm.ED25519

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Return the key of a line; raise `InvalidKey` if it is none, or damaged."""
        name, algorithm, public_key = _parsed(text)
        verifier = cls(name, public_key, algorithm)
        _check_id(verifier, text)
        return verifier

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.algorithm]) + self.public_key)}"

    @property
    def key_id(self) -> bytes:
        """Four bytes that, with the name, tell which key made a signature; no proof of anything."""
        return sha256(self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public_key).digest()[:4]

    @property
    def timed(self) -> "Verifier":
        """The same key, for its timed signatures."""
        return Verifier(self.name, self.public_key, Algorithm.TIMED_ED25519)

    def accepts(self, message: bytes, signature: bytes) -> bool:
        """Say whether the key made this signature of the message (RFC 8032 §5.1.7)."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with the name of the ledger that it signs for; neither `repr` nor `str` shows the key."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name == TIMED_HEADER:
            raise InvalidKey(f"{self.name!r} cannot be the name of a key: no spaces, no plus, not {TIMED_HEADER!r}.")
        if len(self.seed) != _KEY_LENGTH:
            raise InvalidKey(f"A private key has {_KEY_LENGTH} bytes.")

    @classmethod
    def parse(cls, text: str) -> "Signer":
        """Return the key of a line; raise `InvalidKey` if it is none, or damaged. The error does not show the line."""
        if not text.startswith(_PRIVATE):
            raise InvalidKey(f"The line is no private key: it does not begin with {_PRIVATE}.")
        name, algorithm, seed = _parsed(text.removeprefix(_PRIVATE))
        if algorithm is not Algorithm.ED25519:
            raise InvalidKey("The private key is not one for signing notes with Ed25519.")
        signer = cls(name, seed)
        _check_id(signer.verifier, text.removeprefix(_PRIVATE))
        return signer

    def private_text(self) -> str:
        """Return the line that `parse` reads. It is a secret."""
        encoded = to_base64(bytes([Algorithm.ED25519]) + self.seed)
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    @property
    def verifier(self) -> Verifier:
        """The public key."""
        return Verifier(self.name, self._key.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message, always the same for the same message (RFC 8032 §5.1.6)."""
        return self._key.sign(message)

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def generate(name: str) -> Signer:
    """Return a new key for a ledger of this name, best a domain and a path: `example.org/trust_prod`.

    Raises `InvalidKey` for a name with a space or a plus.
    """
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw())


def parse_signers(text: str) -> list[Signer]:
    """Return the private keys of a file, one a line; raise `InvalidKey` if there is none, or a line is none."""
    return [Signer.parse(line) for line in _lines(text)]


def parse_verifiers(text: str) -> list[Verifier]:
    """Return the public keys of a file, one a line; raise `InvalidKey` if there is none, or a line is none."""
    return [Verifier.parse(line) for line in _lines(text)]


def _lines(text: str) -> list[str]:
    """Return the lines that hold keys: others are empty, or begin with `#`."""
    lines = [line for one in text.splitlines() if (line := one.strip()) and not line.startswith("#")]
    if not lines:
        raise InvalidKey("There is no key.")
    return lines


def _parsed(text: str) -> tuple[str, Algorithm, bytes]:
    # The name may not hold a plus, and base64 may.
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        data = from_base64(encoded)
        algorithm = Algorithm(data[0])
    except (ValueError, IndexError) as error:
        raise InvalidKey("The line is no key, or one of another kind than Ed25519.") from error
    well_formed = _NAME.fullmatch(name) and name != TIMED_HEADER and _KEY_ID.fullmatch(key_id)
    if not well_formed or len(data) != 1 + _KEY_LENGTH:
        raise InvalidKey("The line is no key: it has the form NAME+KEY_ID+BASE64.")
    return name, algorithm, data[1:]


def _check_id(verifier: Verifier, text: str) -> None:
    if text.split("+")[1] != verifier.key_id.hex():
        raise InvalidKey("The key does not fit its name and id: a part of the line was changed.")
