"""The text of a jsonb value, letter by letter as PostgreSQL writes it (src/backend/utils/adt/jsonb.c)."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

_INTEGER_DIGITS = 131_072
_FRACTION_DIGITS = 16_383
"""What fits into `numeric`, in which jsonb keeps its numbers."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(r'["\\\x00-\x1f]')


def jsonb_text(value: object) -> str:
    """Return what `value::jsonb::text` gives for a value of JSON.

    Numbers keep their digits: `Decimal("1.50")` is 1.50, and `Decimal("1e3")` is 1000. Keys are in jsonb's order, by
    length in bytes and then by bytes. Raises `ValueError` for what jsonb cannot hold: a NUL, half a character,
    infinity, a number of too many digits; `TypeError` for what is no value of JSON.
    """
    # The order matters: True is an int as well, and a text is a sequence as well.
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, (int, float, Decimal)):
        return _number(value)
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_string(key)}: {jsonb_text(value[key])}' for key in sorted(value, key=_rank))}}}"
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        return f"[{', '.join(map(jsonb_text, value))}]"
    raise TypeError(f"{type(value).__name__} is no value of JSON")


def _rank(key: object) -> tuple[int, bytes]:
    if not isinstance(key, str):
        raise TypeError(f"a key of JSON is a text, not {type(key).__name__}")
    encoded = key.encode()
    return len(encoded), encoded


def _string(text: str) -> str:
    if "\x00" in text:
        raise ValueError("jsonb cannot hold a NUL")
    text.encode()  # raises for half a character
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return _ESCAPES.get(character) or f"\\u{ord(character):04x}"


def _number(value: float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError(f"jsonb cannot hold {number}")
    exponent = int(number.as_tuple().exponent)
    if -exponent > _FRACTION_DIGITS or (number and number.adjusted() >= _INTEGER_DIGITS):
        raise ValueError("the number has more digits than jsonb holds")
    if not number:  # numeric knows no -0, and 0e5 is 0
        number = Decimal((0, (0,), min(exponent, 0)))
    return format(number, "f")
