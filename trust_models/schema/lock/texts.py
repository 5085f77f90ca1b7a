"""The texts that overrides are for, each known by its SHA-256."""

import hashlib

from aerich.utils import import_py_file

from trust_models.db.config import APP
from trust_models.db.schema_head import location, packaged
from trust_models.errors import NotFound
from trust_models.sql import load

RELEASE = "release"
"""What stands for a migration in an override that releases the lock."""


def sha256(text: str) -> str:
    """Return what an override knows a text by."""
    return hashlib.sha256(text.encode()).hexdigest()


def release_text() -> str:
    """Return the text of a release."""
    return load("lock/release.sql")


async def text_of(migration: str) -> str:
    """Return the text that a migration of the package runs, or that of a release.

    Raises `NotFound` for a migration that the package does not bring.
    """
    if migration == RELEASE:
        return release_text()
    if migration not in packaged():
        raise NotFound(
            f"The package brings no migration {migration}.",
            hint="Name one as `aerich history` does, and use the version of the package that will be deployed.",
        )
    return str(await import_py_file(location() / APP / migration).upgrade(None))
