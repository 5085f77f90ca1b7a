"""Values as literals, for the simple query protocol: several statements in one round trip, without parameters."""

import re
from collections.abc import Sequence
from typing import TypeAlias

Literal: TypeAlias = str | int | None
"""What becomes one."""

_PLACE = re.compile(r"\$(\d+)")


def quoted(text: str) -> str:
    """Return `text` as a literal that is safe with any value of standard_conforming_strings.

    Raises `ValueError` for the NUL character, which PostgreSQL's text cannot hold.
    """
    if "\0" in text:
        raise ValueError("PostgreSQL's text cannot hold a NUL character.")
    literal = "'" + text.replace("'", "''") + "'"
    return "E" + literal.replace("\\", "\\\\") if "\\" in literal else literal


def filled(statement: str, values: Sequence[Literal]) -> str:
    """Return `statement`, one of our own with `$1` and so on in it, with `values` as literals in their places."""
    literals = [literal(value) for value in values]
    return _PLACE.sub(lambda place: literals[int(place[1]) - 1], statement)


def literal(value: Literal) -> str:
    """Return a value as a literal."""
    if value is None:
        return "NULL"
    return quoted(value) if isinstance(value, str) else str(value)
