"""What the catalogue of a database should be, composed from what each of its migrations changes.

Beside each migration stands a `.catalogue.json`, written by `scripts/freeze_catalogue.py`:

    {"changed": {"column public.labs.slug": "text NOT NULL", ...}, "removed": ["trigger public.labs.t20_old", ...]}

A definition of several lines is a list of them. One that PostgreSQL words otherwise from some major version on is an
object of them by the version with which they begin, `{"15": ..., "17": ...}`, with null where there is no such object.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from trust_models.errors import SchemaMismatch
from trust_models.schema.catalogue import Catalogue, Key

__all__ = ["SUFFIX", "compose", "definitions", "read"]

SUFFIX = ".catalogue.json"


def compose(migrations: Sequence[str], *, major: int, folder: Path) -> Catalogue:
    """Return the catalogue that `migrations`, in their order, make on a major version of PostgreSQL.

    Raises `SchemaMismatch` when what one of them changes was never recorded.
    """
    made: dict[Key, str] = {}
    for name in migrations:
        step = read((folder / name).with_suffix(SUFFIX))
        gone = {Key.parse(text) for text in (*step["removed"], *step["changed"])}
        made = {key: text for key, text in made.items() if key not in gone} | definitions(step["changed"], major)
    return Catalogue(made)


def definitions(recorded: Mapping[str, Any], major: int) -> dict[Key, str]:
    """Return the objects of a record that exist on a major version, as it words them."""
    worded = {Key.parse(text): _worded(wordings, major) for text, wordings in recorded.items()}
    return {key: definition for key, definition in worded.items() if definition is not None}


def read(path: Path) -> dict[str, Any]:
    """Read a record. Raises `SchemaMismatch` when there is none."""
    try:
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SchemaMismatch(
            f"What the migration makes was never recorded: {path.name} is missing.",
            hint="In a checkout run `python scripts/freeze_catalogue.py`; otherwise install the package again.",
        ) from None
    return record


def _worded(wordings: Any, major: int) -> str | None:
    """Return the definition for a major version; a newer one words things as the last that is known."""
    if isinstance(wordings, dict):
        wordings = wordings[str(max(int(first) for first in wordings if int(first) <= major))]
    return "\n".join(wordings) if isinstance(wordings, list) else wordings
