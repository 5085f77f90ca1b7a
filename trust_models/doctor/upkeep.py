"""Checks of what has to be done regularly."""

from collections.abc import AsyncIterator

import asyncpg

from trust_models.doctor.finding import Finding, failed, ok
from trust_models.doctor.patient import Patient
from trust_models.sql import load

FEWEST_SEGMENTS = 2


async def examine_upkeep(patient: Patient) -> AsyncIterator[Finding]:
    """Check that the audit log has room."""
    try:
        async with patient.reader.transaction():
            ahead = int(await patient.reader.fetchval(load("queries/doctor_segments.sql")))
    except asyncpg.PostgresError:  # the checks of the schema say why
        return
    if ahead >= FEWEST_SEGMENTS:
        yield ok("audit segments", f"{ahead} ready ahead")
    else:
        yield failed(
            "audit segments",
            f"{ahead} ready ahead: when there is none, nothing that is audited can be written.",
            mend="Run `trust-models maintain`, and then at least daily.",
        )
