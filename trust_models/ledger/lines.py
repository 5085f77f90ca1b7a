"""What the lines of the text formats of C2SP are made of: base64 and decimal numbers, each with one way to write it."""

import re
from base64 import b64decode, b64encode

from trust_models.ledger.merkle import HASH_LENGTH

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def to_base64(data: bytes) -> str:
    """Return standard base64 with its padding (RFC 4648 §4)."""
    return b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """Return the bytes; raise `ValueError` for any other text than the one that `to_base64` makes."""
    data = b64decode(text, validate=True)
    if to_base64(data) != text:
        raise ValueError("not base64 as RFC 4648 §4 has it")
    return data


def hash_from_base64(text: str) -> bytes:
    """Return a hash of SHA-256; raise `ValueError` for other text."""
    data = from_base64(text)
    if len(data) != HASH_LENGTH:
        raise ValueError(f"a hash has {HASH_LENGTH} bytes, not {len(data)}")
    return data


def from_decimal(text: str) -> int:
    """Return a number of up to 19 digits without leading zeroes; raise `ValueError` for other text."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError("not a number in ASCII digits without leading zeroes")
    return int(text)
