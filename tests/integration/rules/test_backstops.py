"""Constraints that stand behind a trigger: they refuse also where somebody has switched the trigger off."""

from typing import Any

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.refusals import refused

HASH = "a" * 64


@pytest.mark.parametrize(
    ("table", "trigger", "values", "rule"),
    [
        ("users", "t20_email", {"email": "ADA@example.org"}, "users_email_ck"),
        ("users", "t20_email", {"email": " ada@example.org"}, "users_email_ck"),
        ("users", "t20_email", {"email": "e\u0301lodie@example.org"}, "users_email_ck"),
        ("lessons", "t20_published_at", {"status": "PUBLISHED"}, "lessons_published_at_ck"),
        ("lesson_versions", "t20_assign", {"version": 0, "content_sha256": HASH}, "lesson_versions_version_ck"),
        ("lesson_versions", "t20_assign", {"version": 1, "content_sha256": "x"}, "lesson_versions_content_sha256_ck"),
        ("lab_versions", "t20_assign", {"version": 0, "config_sha256": HASH}, "lab_versions_version_ck"),
        ("lab_versions", "t20_assign", {"version": 1, "config_sha256": "x"}, "lab_versions_config_sha256_ck"),
        ("lab_sessions", "t40_state", {"status": "FAILED"}, "lab_sessions_status_completed_at_ck"),
        ("audit_logs", "t20_assign", {}, "audit_logs_context_ck"),
        ("verification_attempts", "t20_assign", {"attempt": 0}, "verification_attempts_attempt_ck"),
    ],
)
async def test_a_row_that_no_trigger_has_put_right(
    owner_trial: asyncpg.Connection, table: str, trigger: str, values: dict[str, Any], rule: str
) -> None:
    relation = "trust.audit_segment_000000" if table == "audit_logs" else table
    await owner_trial.execute(f"ALTER TABLE {relation} DISABLE TRIGGER {trigger}")
    async with refused(owner_trial, "23514", rule):
        await records.BUILDERS[table](owner_trial, **values)


async def test_a_session_that_ends_before_its_start(owner_trial: asyncpg.Connection) -> None:
    session = (await records.lab_session(owner_trial))["id"]
    await owner_trial.execute("ALTER TABLE lab_sessions DISABLE TRIGGER t40_state")
    async with refused(owner_trial, "23514", "lab_sessions_completed_at_ck"):
        await owner_trial.execute(
            "UPDATE lab_sessions SET status = 'FAILED', completed_at = started_at - interval '1 second' WHERE id = $1",
            session,
        )


@pytest.mark.parametrize(
    ("table", "series", "number", "hashed"),
    [
        ("lesson_versions", "lesson_id", "version", {"content_sha256": HASH}),
        ("lab_versions", "lab_id", "version", {"config_sha256": HASH}),
        ("verification_attempts", "lab_session_id", "attempt", {}),
    ],
)
async def test_a_number_that_is_taken(
    owner_trial: asyncpg.Connection, table: str, series: str, number: str, hashed: dict[str, str]
) -> None:
    row = await records.BUILDERS[table](owner_trial)
    await owner_trial.execute(f"ALTER TABLE {table} DISABLE TRIGGER t20_assign")
    async with refused(owner_trial, "23505", f"{table}_{series}_{number}_key"):
        await records.BUILDERS[table](owner_trial, **{series: row[series], number: row[number]}, **hashed)
