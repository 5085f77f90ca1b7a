"""What engaging the lock adds to the catalogue, so that a locked database has no drift by being locked.

`additions.json`, written by `scripts/freeze_catalogue.py`, has two parts in the form of a `.catalogue.json`: what each
role that migrates keeps, called `<migrator>`, and the functions of the event triggers, which a superuser alone can add.
"""

from collections.abc import Iterable
from pathlib import Path

from trust_models.schema.catalogue import Catalogue, Key
from trust_models.schema.expected import definitions, read

__all__ = ["MIGRATOR", "PATH", "with_lock"]

MIGRATOR = "<migrator>"
PATH = Path(__file__).with_name("additions.json")


def with_lock(expected: Catalogue, actual: Catalogue, *, migrators: Iterable[str], major: int) -> Catalogue:
    """Return what a locked database should be: `expected`, what `migrators` keep, and event triggers where it has any.

    `migrators` are quoted names.
    """
    parts = read(PATH)
    kept = definitions(parts["kept"], major)
    watching = definitions(parts["event_triggers"], major)
    added = {_renamed(key, migrator): text for migrator in migrators for key, text in kept.items()}
    if not actual.definitions.keys().isdisjoint(watching):
        added |= watching
    return Catalogue({**expected.definitions, **added})


def _renamed(key: Key, migrator: str) -> Key:
    return Key(key.kind, key.name.replace(MIGRATOR, migrator))
