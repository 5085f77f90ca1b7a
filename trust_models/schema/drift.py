"""How a live database differs from what its migrations made, object by object.

A database that is behind the package is compared with what it should be there, so drift can be told before an upgrade.
The catalogue is read by the text of a query of the package, never by a function that is stored in the database.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import asyncpg

from trust_models.db.config import APP
from trust_models.db.schema_head import check_not_ahead, location, packaged
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import SchemaDrifted, SchemaMismatch
from trust_models.schema import manifest
from trust_models.schema.catalogue import Catalogue, Difference, Reader, compare, snapshot
from trust_models.schema.expected import compose
from trust_models.schema.installation import settle
from trust_models.schema.lock.additions import with_lock
from trust_models.schema.lock.ownership import MIGRATORS
from trust_models.schema.segments import fold
from trust_models.settings import Settings
from trust_models.sql import load

__all__ = ["Drift", "drift", "drift_from", "drift_of", "enumerated", "fingerprint"]

_SHOWN = 3
_PARENT = re.compile(r"^CHILD OF (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Drift:
    """What a database should be at the migrations that it has, and what it is.

    In neither is what the installation decides, nor segments of the audit log that are as they should be.
    """

    applied: tuple[str, ...]
    major: int
    expected: Catalogue
    actual: Catalogue

    @cached_property
    def differences(self) -> list[Difference]:
        """Every object that is not as expected, ordered by kind and name."""
        return compare(self.expected, self.actual)

    @cached_property
    def refused(self) -> list[Difference]:
        """Those that no upgrade goes past: all but objects of others in the schema `public`, and roles to be made."""
        ours = {key.subject for key in self.expected.definitions}
        others = {found.key.subject for found in self.differences if _is_of_others(found, ours)}
        return [
            found
            for found in self.differences
            if found.key.kind != "role" and not (found.change == "unknown" and found.key.subject in others)
        ]

    @property
    def acceptance(self) -> str | None:
        """What names exactly the differences in `refused`, so that they alone can be accepted; None without any."""
        content = [[*found.key, found.expected, found.actual] for found in self.refused]
        return _digest(content)[:16] if content else None

    @property
    def expected_fingerprint(self) -> str:
        """The SHA-256 of what should be: the same for every database with these migrations, roles and major version."""
        return fingerprint(self.expected)

    @property
    def actual_fingerprint(self) -> str:
        """The SHA-256 of what is: the expected one just when nothing differs."""
        return fingerprint(self.actual)


async def drift(reader: Reader, *, folder: Path | None = None) -> Drift:
    """Compare a database with what its migrations made, which the files in `folder` tell; by default the package's.

    Any role may do it, and nothing is changed. A database without migrations has no drift. While an upgrade runs the
    answer may be wrong.

    Raises `SchemaDrifted` when the files are not as their manifest says, `SchemaMismatch` when the database has a
    migration that is not among them.
    """
    (context,) = await reader.fetch(load("queries/drift_context.sql"))
    applied = await _applied(reader, tells=context["tells_migrations"], keeps=context["keeps_migrations"])
    migrators = await _migrators_of_locked(reader) if context["has_lock"] else []
    return await drift_from(reader, applied, migrators=migrators, folder=folder)


async def drift_from(
    reader: Reader, applied: Sequence[str], *, migrators: Sequence[str] = (), folder: Path | None = None
) -> Drift:
    """Compare a database that has the migrations `applied` with what they made, by PostgreSQL's catalogue alone.

    Nothing that is stored in the database runs, so a superuser may ask about one that somebody else owns. `migrators`
    are the quoted names of those who keep rights under the lock, if it is locked. Raises what `drift` raises.
    """
    folder = folder or location() / APP
    if findings := manifest.check(folder):
        raise _not_as_listed(findings)
    brought = packaged(folder)
    check_not_ahead(applied, brought)
    (context,) = await reader.fetch(load("queries/drift_context.sql"))
    major, ordered = context["major"], tuple(name for name in brought if name in applied)
    if not ordered and context["has_records"]:
        raise SchemaMismatch(
            "The database has tables of this package, and no record of the migrations that made them.",
            hint="Somebody emptied public.aerich: restore it, and find out who.",
        )
    if not ordered:
        return Drift(ordered, major, Catalogue({}), Catalogue({}))
    expected, actual = compose(ordered, major=major, folder=folder), await snapshot(reader)
    if migrators:
        expected = with_lock(expected, actual, migrators=migrators, major=major)
    return Drift(ordered, major, *fold(*settle(expected, actual, roles=set(context["roles"]))))


async def drift_of(settings: Settings) -> Drift:
    """Connect as a service does, and compare. Raises what `drift` raises, and what a connection may."""
    try:
        connection = await asyncpg.connect(**settings.database_url.connect_kwargs())
        try:
            return await drift(connection)
        finally:
            await connection.close()
    except DRIVER_ERRORS as error:
        raise translate(error) from error


def fingerprint(catalogue: Catalogue) -> str:
    """Return the SHA-256 of a catalogue: equal for equal ones, whatever made them."""
    return _digest([[*key, text] for key, text in sorted(catalogue.definitions.items())])


def enumerated(found: Sequence[Difference] | Sequence[manifest.Finding]) -> str:
    """Return the first few as words, and how many more there are."""
    words = [str(one).partition("\n")[0] for one in found[:_SHOWN]]
    more = len(found) - len(words)
    return ", ".join(words) + (f" and {more} more" if more else "")


async def _applied(reader: Reader, *, tells: bool, keeps: bool) -> list[str]:
    if tells:
        rows = await reader.fetch("SELECT name FROM trust.applied_migrations() AS name")
    elif keeps:  # after a downgrade to nothing, or when somebody dropped the function
        rows = await reader.fetch("SELECT version AS name FROM public.aerich WHERE app = 'trust' ORDER BY id")
    else:
        rows = []
    return [row["name"] for row in rows]


async def _migrators_of_locked(reader: Reader) -> list[str]:
    rows = await reader.fetch("SELECT quote_ident(pg_get_userbyid(previous_owner)) AS name FROM trust.schema_lock")
    return [*(row["name"] for row in rows), MIGRATORS] if rows else []


def _is_of_others(found: Difference, ours: set[str]) -> bool:
    """Return whether this is what somebody has made, or been allowed, in the schema `public` beside our objects."""
    if found.change != "unknown":
        return False
    if found.key.subject == "public":
        return True
    stands_alone = found.key.name == found.key.subject and found.key.name.startswith("public.")
    return stands_alone and ours.isdisjoint(_PARENT.findall(str(found.actual)))


def _not_as_listed(findings: Sequence[manifest.Finding]) -> SchemaDrifted:
    return SchemaDrifted(
        f"The frozen migrations are not as their manifest says: {enumerated(findings)}.",
        hint="Install the package again; in a checkout restore the files, or if the change is meant run"
        " `python scripts/freeze_migration.py refresh`.",
    )


def _digest(content: list[list[Any]]) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
