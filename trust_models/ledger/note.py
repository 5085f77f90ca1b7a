"""Signed notes: a text with lines below it that say who signed it (c2sp.org/signed-note)."""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timezone
from typing import NamedTuple

from trust_models.errors import InvalidNote, UntrustedNote
from trust_models.ledger.keys import TIMED_HEADER, Algorithm, Signer, Verifier
from trust_models.ledger.lines import from_base64, to_base64

_MOST_SIGNATURES = 100
_LONGEST = 1_000_000
_FORBIDDEN = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIGNATURE_LINE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_ID_LENGTH = 4
_TIME_LENGTH = 8
_LAST_SECOND = 253_402_300_799  # of the year 9999, the last that Python knows


class Signature(NamedTuple):
    """A line below the text: who signed, and the signature, unchecked."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"— {self.name} {to_base64(self.key_id + self.value)}\n"

    @property
    def key(self) -> tuple[str, bytes]:
        """What tells the key."""
        return self.name, self.key_id


class Checked(NamedTuple):
    """A signature that a known key has made, with its time where it is a timed one."""

    verifier: Verifier
    signature: Signature
    time: datetime | None


class Note(NamedTuple):
    """A text with signatures. Trust neither before `check`."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Return the parts of a note; raise `InvalidNote` if it has another form."""
        text, gap, lines = note.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise InvalidNote("A signed note is a text, an empty line and lines with signatures; this is none.")
        return cls(_checked_text(text + "\n"), parse_signatures(lines))

    def __str__(self) -> str:
        return f"{self.text}\n{''.join(map(str, self.signatures))}"

    def with_signatures(self, signatures: Iterable[Signature]) -> "Note":
        """Return the note with more signatures; those that it has are not doubled."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *signatures))))

    def check(self, verifiers: Collection[Verifier]) -> list[Checked]:
        """Return the signatures of known keys, at least one; others are ignored, as the format wants it.

        Raises `UntrustedNote` if there is none, or one is false.
        """
        known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
        checked = [self._checked(known[one.key], one) for one in self.signatures if one.key in known]
        if not checked:
            raise UntrustedNote("No key that is known here has signed the note.")
        return checked

    def _checked(self, verifier: Verifier, signature: Signature) -> Checked:
        time = None
        message, value = self.text, signature.value
        if verifier.algorithm is Algorithm.TIMED_ED25519:
            seconds = int.from_bytes(value[:_TIME_LENGTH], "big")
            if seconds > _LAST_SECOND:
                raise UntrustedNote(f"The signature of {verifier.name} has an impossible time.")
            time = datetime.fromtimestamp(seconds, timezone.utc)
            message, value = _timed(self.text, seconds), value[_TIME_LENGTH:]
        if not verifier.accepts(message.encode(), value):
            raise UntrustedNote(f"The signature of {verifier.name} is false: text or signature was changed.")
        return Checked(verifier, signature, time)


def sign(text: str, signers: Iterable[Signer]) -> Note:
    """Return the text, signed by each key; raise `InvalidNote` for a text that no note can hold."""
    message = _checked_text(text).encode()
    return Note(text, tuple(Signature(one.name, one.verifier.key_id, one.sign(message)) for one in signers))


def timed_signatures(text: str, signers: Iterable[Signer], *, at: datetime) -> Iterator[Signature]:
    """Yield each key's signature of the text and the time, in whole seconds (c2sp.org/tlog-cosignature)."""
    seconds = int(at.timestamp())
    message = _timed(_checked_text(text), seconds).encode()
    for one in signers:
        value = seconds.to_bytes(_TIME_LENGTH, "big") + one.sign(message)
        yield Signature(one.name, one.verifier.timed.key_id, value)


def parse_signatures(lines: str) -> tuple[Signature, ...]:
    """Return the signatures of lines, each ended by a newline; raise `InvalidNote` for other lines."""
    *each, end = lines.split("\n")
    if end or not 0 < len(each) <= _MOST_SIGNATURES:
        raise InvalidNote(f"There should be 1 to {_MOST_SIGNATURES} lines with signatures.")
    return tuple(map(_signature, each))


def _signature(line: str) -> Signature:
    match = _SIGNATURE_LINE.fullmatch(line)
    try:
        data = from_base64(match[2]) if match else b""
    except ValueError as error:
        raise InvalidNote("A line with a signature is damaged.") from error
    if not match or len(data) <= _ID_LENGTH:
        raise InvalidNote("A line with a signature has another form than: — NAME BASE64.")
    return Signature(match[1], data[:_ID_LENGTH], data[_ID_LENGTH:])


def _checked_text(text: str) -> str:
    try:
        length = len(text.encode())
    except UnicodeEncodeError as error:
        raise InvalidNote("The note's text is no valid Unicode.") from error
    if length > _LONGEST or _FORBIDDEN.search(text) or not text.endswith("\n"):
        raise InvalidNote("The note's text is too long, has a control character or does not end with a newline.")
    if text.startswith(f"{TIMED_HEADER}\n"):
        raise InvalidNote(f"A text that begins with {TIMED_HEADER} could pass as a timed signature's.")
    return text


def _timed(text: str, seconds: int) -> str:
    return f"{TIMED_HEADER}\ntime {seconds}\n{text}"
