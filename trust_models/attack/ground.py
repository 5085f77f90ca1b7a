"""What is known of the database before the first attempt: who owns it, which walls stand, what can be attacked."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import asyncpg

from trust_models.attack.path import Attacker, ClosedBy, Over, Path
from trust_models.db.schema_head import no_schema
from trust_models.sql import CURRENT, load

_GUARDS = re.compile(r"guard_table\('([\w.]+)'\)")
_FUNCTION = re.compile(r"^CREATE OR REPLACE FUNCTION ([\w.]+)\(", re.MULTILINE)


@dataclass(frozen=True)
class Subject:
    """One thing that paths are tried on; `words` fill its name into statements."""

    label: str
    kind: str
    words: Mapping[str, str]


@dataclass(frozen=True)
class Ground:
    """A database as an attacker finds it."""

    owner: str
    holder: str
    database: str
    version: int
    as_superuser: bool
    locked: bool
    has_event_triggers: bool
    roles: Sequence[str]
    settings: Sequence[str]
    missing_tables: Sequence[str]
    subjects: Mapping[Over, Sequence[Subject]]

    def should_be_closed(self, path: Path, attacker: Attacker) -> bool:
        """Say whether the walls that stand here ought to stop `attacker` on this path."""
        if path.closed_by is ClosedBy.GUARD:
            return True
        if attacker is Attacker.SUPERUSER:
            return path.closed_by is ClosedBy.LOCK and self.has_event_triggers
        if attacker is Attacker.OWNER:
            by_lock = path.closed_by in {ClosedBy.LOCK, ClosedBy.OWNERSHIP} and self.locked
            return by_lock or path.closed_by is ClosedBy.PRIVILEGE
        return True


@cache
def expected_tables() -> tuple[str, ...]:
    """Return the tables that the package's SQL puts the guard on."""
    return tuple(name for file in CURRENT for name in _GUARDS.findall(load(file)))


@cache
def known_definers() -> tuple[str, ...]:
    """Return the package's functions that run with their owner's rights."""
    return tuple(name for file in CURRENT if "SECURITY DEFINER" in load(file) for name in _FUNCTION.findall(load(file)))


async def survey(connection: asyncpg.Connection) -> Ground:
    """Look at the database behind `connection`; any role may. Raises `SchemaMismatch` where the schema is not there."""
    found = await connection.fetchrow(load("queries/attack_ground.sql"))
    assert found is not None  # noqa: S101 - it has one row
    if found["owner"] is None:
        raise no_schema()
    # Who may not read it sees the lock by what it does.
    lock = found["may_read_lock"] and await connection.fetchrow(
        "SELECT to_jsonb(lock) ->> 'previous_owner' AS previous_owner FROM trust.schema_lock AS lock"
    )
    missing = "SELECT coalesce(array_agg(name), '{}') FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NULL"
    return Ground(
        **{name: found[name] for name in ("database", "version", "as_superuser", "has_event_triggers")},
        owner=(lock and lock["previous_owner"]) or found["owner"],
        holder=found["holder"] or found["owner"],
        roles=found["roles"],
        settings=found["settings"],
        locked=bool(lock) or found["holder"] == "trust_guard",
        missing_tables=await connection.fetchval(missing, expected_tables()),
        subjects=await _subjects(connection),
    )


async def _subjects(connection: asyncpg.Connection) -> dict[Over, list[Subject]]:
    found: dict[Over, list[Subject]] = defaultdict(list)
    await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=json.loads)
    for row in await connection.fetch(load("queries/attack_subjects.sql"), expected_tables(), known_definers()):
        found[Over(row["over"])].append(Subject(row["label"], row["kind"], row["words"]))
    return found
