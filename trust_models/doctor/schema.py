"""Checks of the schema: the right one, complete, guarded, locked."""

from collections.abc import AsyncIterator

import asyncpg

from trust_models.audit.captured import CAPTURED
from trust_models.db.schema_head import check_head, no_schema
from trust_models.doctor.finding import Finding, failed, ok, warning
from trust_models.doctor.lock import examine_lock
from trust_models.doctor.patient import Patient
from trust_models.enums import Environment
from trust_models.errors import SchemaMismatch
from trust_models.models import APPEND_ONLY_TABLES
from trust_models.schema.drift import drift
from trust_models.sql import load


async def examine_schema(patient: Patient) -> AsyncIterator[Finding]:
    """Check migrations, drift, guards, capture and the lock; without a schema, that alone is what is found."""
    try:
        async with patient.reader.transaction():
            applied = await patient.reader.fetch("SELECT name FROM trust.applied_migrations() AS name")
        check_head([row["name"] for row in applied])
    except (asyncpg.InvalidSchemaNameError, asyncpg.UndefinedFunctionError):
        yield _mismatch(no_schema())
        return
    except SchemaMismatch as error:  # what these checks ask for may not be there
        yield _mismatch(error)
        return
    yield ok("migrations", f"at the head: {applied[-1]['name']}")
    yield await _marker(patient)
    yield await _drift(patient)
    yield await examine_lock(patient)
    yield await _guards(patient)
    yield await _capture(patient)
    yield await _tripwire(patient)


def _mismatch(error: SchemaMismatch) -> Finding:
    return failed("migrations", error.message, mend=error.hint or "Run `trust-models upgrade`.")


async def _marker(patient: Patient) -> Finding:
    """A process and its database are both of production, or neither is."""
    name, marker = patient.environment.value, await patient.reader.fetchval("SELECT trust.environment()")
    production = Environment.PRODUCTION.value
    if (name == production) != (marker == production):
        return failed(
            "environment",
            f"TRUST_ENVIRONMENT is {name}, and the database is marked as {marker or 'nothing'}.",
            mend="Name the right database, or mark a new one with `trust-models provision`.",
        )
    return ok("environment", f"{name}; the database is marked as {marker or 'nothing'}")


async def _drift(patient: Patient) -> Finding:
    try:
        found = await drift(patient.reader)
    except SchemaMismatch as error:  # the package's own files are damaged, or older than the database
        return failed("schema", error.message, mend=error.hint or "Install the package again.")
    if found.refused:
        return failed(
            "schema",
            f"It is not what its migrations made: {len(found.refused)} objects differ.",
            mend="`trust-models drift` shows each with a diff; mend it, and find out who changed it.",
            detail="\n".join(str(one).partition("\n")[0] for one in found.refused),
        )
    return ok("schema", f"what its migrations made; fingerprint {found.actual_fingerprint[:16]}")


async def _guards(patient: Patient) -> Finding:
    rows = await patient.reader.fetch(load("queries/doctor_guards.sql"), list(APPEND_ONLY_TABLES))
    if not rows:
        return ok("guards", f"on {len(APPEND_ONLY_TABLES)} append-only tables and every segment, always enabled")
    return failed(
        "guards",
        f"Append-only tables or segments are not guarded ({len(rows)}).",
        mend="As the owner: SELECT trust.guard_table('...') for each; then find out who removed the guard.",
        detail="\n".join(f"{row['relation']}: {row['unguarded']}" for row in rows),
    )


async def _capture(patient: Patient) -> Finding:
    tables = [captured.table for captured in CAPTURED]
    rows = await patient.reader.fetch(load("queries/doctor_capture.sql"), tables)
    if not rows:
        return ok("capture", f"every change of {len(tables)} critical tables is recorded, always")
    return failed(
        "capture",
        f"Changes of critical tables can go unrecorded ({len(rows)}).",
        mend="As the owner: CREATE OR REPLACE the triggers t90_capture and t90_capture_truncate as their migration"
        " does, ENABLE ALWAYS; drop what inherits from such a table. Then find out who did it, and what was changed"
        " since.",
        detail="\n".join(f"{row['relation']}: {row['unrecorded']}" for row in rows),
    )


async def _tripwire(patient: Patient) -> Finding:
    rows = await patient.reader.fetch(load("queries/doctor_tripwire.sql"), list(APPEND_ONLY_TABLES))
    if not rows:
        return ok("tripwire", "no row of an append-only table was ever updated or deleted")
    return warning(
        "tripwire",
        f"Rows of append-only tables were updated or deleted, or that was tried and rolled back ({len(rows)}).",
        mend="Only somebody who had switched a guard off can have done it: find out who. The counters start anew with"
        " pg_stat_reset().",
        detail="\n".join(f"{row['relation']}: {row['updated']} updated, {row['deleted']} deleted" for row in rows),
    )
