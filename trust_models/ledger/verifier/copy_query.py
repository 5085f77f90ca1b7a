"""Queries for COPY, which takes no arguments."""

import re
from collections.abc import Sequence


def inlined(query: str, arguments: Sequence[int | Sequence[int]]) -> str:
    """Return a query for COPY, which takes no arguments, with numbers and lists of numbers in place of `$1` and so on.

    asyncpg would ask the server twice to do it.
    """

    def literal(found: re.Match[str]) -> str:
        given = arguments[int(found[1]) - 1]
        return f"'{given:d}'" if isinstance(given, int) else f"'{{{','.join(f'{one:d}' for one in given)}}}'"

    return re.sub(r"[$]([0-9]+)", literal, re.sub("^--.*$", "", query, flags=re.MULTILINE))
