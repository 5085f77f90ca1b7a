"""What a refused statement was about, as far as its text tells: PostgreSQL's own error about a right does not say.

Which names are those of tables, the database knows; what it does not know it calls `other`.
"""

import re
from collections.abc import Sequence

OTHER = "other"

_NOT_READ = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$", re.DOTALL)
"""Comments and literals: what stands in them is no part of the statement."""
_NAME = re.compile(r'"((?:[^"]|"")+)"|([A-Za-z_]\w*)')
_READ_CHARACTERS = 10_000

_OPERATIONS = dict.fromkeys(("create", "alter", "drop", "grant", "revoke", "comment", "reindex", "cluster"), "ddl") | {
    verb: verb for verb in ("select", "insert", "update", "delete", "merge", "truncate")
}
_BEFORE_THE_TABLE = {
    "select": ("from",),
    "insert": ("into",),
    "update": ("update",),
    "delete": ("from",),
    "merge": ("into",),
    "truncate": ("truncate",),
    "ddl": ("table", "on"),
}
_PASSED_OVER = frozenset({"explain", "analyze", "verbose"})
_NO_NAMES = frozenset({"only", "table", "public", "trust", "if", "exists"})
_NO_VERB_AFTER = frozenset({"for", "key", "do", "on"})
"""FOR UPDATE, NO KEY UPDATE, DO UPDATE and ON DELETE name no statement."""


def operation_and_table(statement: str) -> tuple[str, str]:
    """Return the operation (`select`, `insert`, `update`, `delete`, `merge`, `truncate`, `ddl`) and its first table."""
    words = _words(statement)
    if not words:
        return OTHER, OTHER
    verb = words[0]
    if verb == "copy":
        return ("insert" if "from" in words else "select"), _first_name(words[1:])
    if verb == "with":
        words = _changing_part(words)
        verb = words[0] if words[0] in _OPERATIONS else "select"
    operation = _OPERATIONS.get(verb, OTHER)
    for word in _BEFORE_THE_TABLE.get(operation, ()):
        if word in words:
            return operation, _first_name(words[words.index(word) + 1 :])
    return operation, OTHER


def _words(statement: str) -> list[str]:
    """Return its names and keywords; what is quoted keeps its case, all else is in lower case, as in PostgreSQL."""
    text = _NOT_READ.sub(" ", statement[:_READ_CHARACTERS])
    words = [quoted or bare.lower() for quoted, bare in _NAME.findall(text)]
    while words and words[0] in _PASSED_OVER:
        words.pop(0)
    return words


def _changing_part(words: Sequence[str]) -> list[str]:
    """Return what of a WITH begins with a verb that changes something; else all of it."""
    for number, word in enumerate(words[1:], start=1):
        if word in {"insert", "update", "delete", "merge"} and words[number - 1] not in _NO_VERB_AFTER:
            return list(words[number:])
    return list(words)


def _first_name(words: Sequence[str]) -> str:
    return next((word for word in words if word not in _NO_NAMES), OTHER)
