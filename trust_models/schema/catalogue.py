"""What the schema is in a live database, and how two such states differ.

`snapshot` reads, `compare` is pure: the state to compare with may come from another database on the same major
version of PostgreSQL, however that one was built, or from storage. PostgreSQL words definitions a little
differently from one major version to the next.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import unified_diff
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

from trust_models.schema.enforcement import is_weaker
from trust_models.sql import load

__all__ = ["Catalogue", "Change", "Difference", "Key", "Reader", "compare", "snapshot"]

Change = Literal["missing", "unknown", "disabled", "changed"]

_NAME = r'(?:"(?:[^"]|"")*"|[^\s".]+)'
_SUBJECTS = {
    "owner": re.compile(r"\w+ (?P<subject>.+)"),
    "grant": re.compile(rf"\w+ (?P<subject>.+) to {_NAME}"),
    **dict.fromkeys(
        ("column", "constraint", "index", "statistics", "trigger", "rule", "policy"),
        re.compile(rf"(?P<subject>.+)\.{_NAME}"),
    ),
}


class Row(Protocol):
    """A row of a result."""

    def __getitem__(self, column: str, /) -> Any:
        """Return the value of a column."""


class Reader(Protocol):
    """Whatever can run a query: `current_client()`, or a connection or a pool of asyncpg's."""

    async def fetch(self, query: str, /) -> Iterable[Row]:
        """Return the rows of a query."""


class Key(NamedTuple):
    """What an object is and what it is called: `("trigger", "public.users.t80_touch")`.

    The kinds are schema, table, column, constraint, index, statistics, trigger, rule, policy, view, sequence,
    function and type, and two that tell something about objects of the other kinds: owner and grant.
    """

    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Return the key that has this text."""
        kind, _, name = text.partition(" ")
        return cls(kind, name)

    @property
    def subject(self) -> str:
        """The name of the schema, relation, function or type that this is or that this belongs to."""
        pattern = _SUBJECTS.get(self.kind)
        found = pattern.fullmatch(self.name) if pattern else None
        return found["subject"] if found else self.name

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every object of the schemas `public` and `trust` with its definition, but those that extensions brought.

    Nothing in it depends on the database's name, on OIDs, on how the objects came to be, or on who reads. The role
    that owns Aerich's table is called `<owner>` throughout; other roles have their names.
    """

    definitions: Mapping[Key, str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "definitions", MappingProxyType(dict(self.definitions)))

    def of_kind(self, *kinds: str) -> "Catalogue":
        """Return the part that consists of these kinds of objects."""
        return Catalogue({key: text for key, text in self.definitions.items() if key.kind in kinds})

    def names(self, kind: str) -> set[str]:
        """Return the names of the objects of one kind."""
        return {key.name for key in self.definitions if key.kind == kind}


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that is not as expected; a definition is None where the object does not exist.

    As text it is one line, `changed trigger public.users.t80_touch`, with the `diff` below it.
    """

    key: Key
    expected: str | None
    actual: str | None

    @property
    def change(self) -> Change:
        """How the object is not as expected; "disabled" is one that is there word for word but less often in force."""
        if self.expected is None:
            return "unknown"
        if self.actual is None:
            return "missing"
        return "disabled" if is_weaker(self.actual, self.expected, kind=self.key.kind) else "changed"

    @property
    def diff(self) -> str:
        """Both definitions whole, as a unified diff without its header."""
        expected, actual = ((text or "").splitlines() for text in (self.expected, self.actual))
        context = len(expected) + len(actual)
        return "\n".join([*unified_diff(expected, actual, n=context, lineterm="")][3:])

    def __str__(self) -> str:
        return f"{self.change} {self.key}\n{self.diff}".rstrip()


async def snapshot(reader: Reader) -> Catalogue:
    """Read the catalogue that a database has now, in one statement that changes nothing.

    Any role may do it. Inside a transaction it sees what that transaction has done.
    """
    # The text itself, not the function: whoever owns that could have replaced it.
    _, query, _ = load("functions/schema_catalogue.sql").split("$$")
    rows = await reader.fetch(query)
    return Catalogue({Key(row["kind"], row["name"]): row["definition"] for row in rows})


def compare(expected: Catalogue, actual: Catalogue) -> list[Difference]:
    """Return how `actual` differs from `expected`, ordered by kind and name; nothing if it does not."""
    before, after = expected.definitions, actual.definitions
    return [
        Difference(key=key, expected=before.get(key), actual=after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    ]
