"""What the catalogue of a database should be, composed from what each of its migrations changes.

Beside each migration stands a `.catalogue.json`, written by `scripts/freeze_catalogue.py`:

    {"changed": {"column public.labs.slug": "text NOT NULL", ...}, "removed": ["trigger public.labs.t20_old", ...]}

A definition of several lines is a list of them. One that PostgreSQL words otherwise from some major version on is an
object of them by the version with which they begin, `{"15": ..., "17": ...}`, with null where there is no such object.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from trust_models.errors import SchemaMismatch
from trust_models.schema.catalogue import Catalogue, Key

__all__ = ["SUFFIX", "compose"]

SUFFIX = ".catalogue.json"


def compose(migrations: Sequence[str], *, major: int, folder: Path) -> Catalogue:
    """Return the catalogue that `migrations`, in their order, make on a major version of PostgreSQL.

    Raises `SchemaMismatch` when what one of them changes was never recorded.
    """
    definitions: dict[Key, str] = {}
    for name in migrations:
        step = _read((folder / name).with_suffix(SUFFIX))
        for text in step["removed"]:
            definitions.pop(Key.parse(text), None)
        for text, wordings in step["changed"].items():
            definition = _worded(wordings, major)
            if definition is None:
                definitions.pop(Key.parse(text), None)
            else:
                definitions[Key.parse(text)] = definition
    return Catalogue(definitions)


def _read(path: Path) -> dict[str, Any]:
    try:
        step: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SchemaMismatch(
            f"What the migration makes was never recorded: {path.name} is missing.",
            hint="In a checkout run `python scripts/freeze_catalogue.py`; otherwise install the package again.",
        ) from None
    return step


def _worded(wordings: Any, major: int) -> str | None:
    """Return the definition for a major version; a newer one words things as the last that is known."""
    if isinstance(wordings, dict):
        wordings = wordings[str(max(int(first) for first in wordings if int(first) <= major))]
    return "\n".join(wordings) if isinstance(wordings, list) else wordings
