"""lab_sessions: the state machine, its evidence, and what never changes."""

from datetime import datetime, timezone
from uuid import UUID

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.refusals import refused, still_referenced
from trust_models.enums import LabSessionStatus

# ruff: noqa: S608 - the names in statements are those of this file

EPOCH = datetime(2001, 1, 1, tzinfo=timezone.utc)
FINAL = ("VERIFIED_PASS", "FAILED")
COMPLETE = "UPDATE lab_sessions SET status = $1 WHERE id = $2 RETURNING *"

REOPENINGS = [
    "UPDATE lab_sessions SET status = $1 WHERE id = $2 AND status <> 'IN_PROGRESS'",
    """MERGE INTO lab_sessions AS target USING (SELECT $2::uuid AS id) AS source ON target.id = source.id
       WHEN MATCHED THEN UPDATE SET status = $1""",
    """INSERT INTO lab_sessions (id, user_id, lab_version_id)
       SELECT id, user_id, lab_version_id FROM lab_sessions WHERE id = $2
       ON CONFLICT (id) DO UPDATE SET status = $1""",
]


async def session_in(connection: asyncpg.Connection, status: str) -> UUID:
    """Return a session that has an attempt that passed and has come to `status`."""
    session = UUID(str((await records.attempt(connection))["lab_session_id"]))
    if status != "IN_PROGRESS":
        await connection.execute(COMPLETE, status, session)
    return session


async def state(connection: asyncpg.Connection, session: UUID) -> asyncpg.Record | None:
    return await connection.fetchrow("SELECT * FROM lab_sessions WHERE id = $1", session)


# How a session starts


@pytest.mark.parametrize("chosen", [EPOCH, datetime(2090, 1, 1, tzinfo=timezone.utc), None])
async def test_when_a_session_started_cannot_be_chosen(
    owner_trial: asyncpg.Connection, chosen: datetime | None
) -> None:
    session = await records.lab_session(owner_trial, started_at=chosen, created_at=chosen)
    for moment in (session["started_at"], session["created_at"]):
        assert await owner_trial.fetchval("SELECT $1 BETWEEN now() AND clock_timestamp()", moment)


async def test_a_session_starts_in_progress(app_trial: asyncpg.Connection) -> None:
    session = await records.lab_session(app_trial)
    assert session["status"] == "IN_PROGRESS"
    assert session["completed_at"] is None
    assert session["compute_cost"] is None
    assert await app_trial.fetchval("SELECT $1 BETWEEN now() AND clock_timestamp()", session["started_at"])


@pytest.mark.parametrize("status", [*FINAL, "PAUSED", "", None])
@pytest.mark.parametrize("completed_at", [None, datetime(2040, 1, 1, tzinfo=timezone.utc)])
async def test_a_session_starts_in_no_other_state(
    owner_trial: asyncpg.Connection, status: str | None, completed_at: datetime | None
) -> None:
    async with refused(owner_trial, "23T03", "lab_sessions_status_start"):
        await records.lab_session(owner_trial, status=status, completed_at=completed_at)


async def test_a_service_cannot_name_the_first_state_at_all(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "42501"):
        await records.lab_session(app_trial, status="VERIFIED_PASS")


async def test_copy_starts_in_no_other_state(owner_trial: asyncpg.Connection) -> None:
    user = (await records.user(owner_trial))["id"]
    version = (await records.lab_version(owner_trial))["id"]
    async with refused(owner_trial, "23T03", "lab_sessions_status_start"):
        await owner_trial.copy_records_to_table(
            "lab_sessions",
            records=[(user, version, "VERIFIED_PASS", EPOCH)],
            columns=["user_id", "lab_version_id", "status", "completed_at"],
        )


async def test_a_session_does_not_start_completed(owner_trial: asyncpg.Connection) -> None:
    async with refused(owner_trial, "23514", "lab_sessions_status_completed_at_ck"):
        await records.lab_session(owner_trial, completed_at=datetime(2040, 1, 1, tzinfo=timezone.utc))


async def test_a_session_is_of_a_user_and_a_lab_version(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23503", "lab_sessions_user_id_fkey"):
        await records.lab_session(app_trial, user_id=UUID(int=0))
    async with refused(app_trial, "23503", "lab_sessions_lab_version_id_fkey"):
        await records.lab_session(app_trial, lab_version_id=UUID(int=0))
    for column in ("user_id", "lab_version_id"):
        async with refused(app_trial, "23502"):
            await records.lab_session(app_trial, **{column: None})


# Every pair of states


@pytest.mark.parametrize("after", [*LabSessionStatus])
@pytest.mark.parametrize("before", [*LabSessionStatus])
async def test_every_transition(
    app_trial: asyncpg.Connection, before: LabSessionStatus, after: LabSessionStatus
) -> None:
    session = await session_in(app_trial, before)
    stored = await state(app_trial, session)
    if before == "IN_PROGRESS":
        row = await app_trial.fetchrow(COMPLETE, after, session)
        assert row is not None
        assert row["status"] == after
        assert (row["completed_at"] is None) == (after == "IN_PROGRESS")
        return
    # The same state once more would end the session a second time.
    async with refused(app_trial, "23T03", "lab_sessions_status_final"):
        await app_trial.execute(COMPLETE, after, session)
    assert await state(app_trial, session) == stored


@pytest.mark.parametrize("status", ["PAUSED", "verified_pass", ""])
async def test_another_state_is_refused(app_trial: asyncpg.Connection, status: str) -> None:
    session = await session_in(app_trial, "IN_PROGRESS")
    async with refused(app_trial, "23514", "lab_sessions_status_ck"):
        await app_trial.execute(COMPLETE, status, session)


async def test_no_state_is_refused(app_trial: asyncpg.Connection) -> None:
    session = await session_in(app_trial, "IN_PROGRESS")
    async with refused(app_trial, "23502"):
        await app_trial.execute(COMPLETE, None, session)


@pytest.mark.parametrize("before", FINAL)
@pytest.mark.parametrize("after", ["IN_PROGRESS", *FINAL])
async def test_no_other_statement_reopens_a_session(owner_trial: asyncpg.Connection, before: str, after: str) -> None:
    session = await session_in(owner_trial, before)
    for statement in REOPENINGS:
        async with refused(owner_trial, "23T03", "lab_sessions_status_final"):
            await owner_trial.execute(statement, after, session)


@pytest.mark.parametrize("before", FINAL)
async def test_a_session_does_not_reopen_as_if_it_had_never_ended(owner_trial: asyncpg.Connection, before: str) -> None:
    session = await session_in(owner_trial, before)
    async with refused(owner_trial, "23T03", "lab_sessions_status_final"):
        await owner_trial.execute(
            "UPDATE lab_sessions SET status = 'IN_PROGRESS', completed_at = NULL WHERE id = $1", session
        )


# Evidence


@pytest.mark.parametrize("attempts", [[], ["FAIL"], ["FAIL", "FAIL"]])
async def test_a_pass_needs_an_attempt_that_passed(app_trial: asyncpg.Connection, attempts: list[str]) -> None:
    session = (await records.lab_session(app_trial))["id"]
    for result in attempts:
        await records.attempt(app_trial, lab_session_id=session, result=result)
    async with refused(app_trial, "23T04", "lab_sessions_status_evidence"):
        await app_trial.execute(COMPLETE, "VERIFIED_PASS", session)
    await records.attempt(app_trial, lab_session_id=session, result="PASS")
    row = await app_trial.fetchrow(COMPLETE, "VERIFIED_PASS", session)
    assert row is not None
    assert row["status"] == "VERIFIED_PASS"


async def test_a_pass_of_another_session_is_no_evidence(app_trial: asyncpg.Connection) -> None:
    other = await state(app_trial, await session_in(app_trial, "VERIFIED_PASS"))
    assert other is not None
    session = await records.lab_session(app_trial, user_id=other["user_id"], lab_version_id=other["lab_version_id"])
    async with refused(app_trial, "23T04", "lab_sessions_status_evidence"):
        await app_trial.execute(COMPLETE, "VERIFIED_PASS", session["id"])


async def test_one_session_without_evidence_stops_them_all(app_trial: asyncpg.Connection) -> None:
    with_evidence = await session_in(app_trial, "IN_PROGRESS")
    without = (await records.lab_session(app_trial))["id"]
    async with refused(app_trial, "23T04", "lab_sessions_status_evidence"):
        await app_trial.execute(
            "UPDATE lab_sessions SET status = 'VERIFIED_PASS' WHERE id = ANY($1)", [with_evidence, without]
        )


async def test_evidence_that_was_rolled_back_is_none(app_trial: asyncpg.Connection) -> None:
    session = (await records.lab_session(app_trial))["id"]
    savepoint = app_trial.transaction()
    await savepoint.start()
    await records.attempt(app_trial, lab_session_id=session)
    await savepoint.rollback()
    async with refused(app_trial, "23T04", "lab_sessions_status_evidence"):
        await app_trial.execute(COMPLETE, "VERIFIED_PASS", session)


async def test_a_failure_needs_no_evidence(app_trial: asyncpg.Connection) -> None:
    session = (await records.lab_session(app_trial))["id"]
    row = await app_trial.fetchrow(COMPLETE, "FAILED", session)
    assert row is not None
    assert row["status"] == "FAILED"


async def test_evidence_is_needed_under_the_replica_role(admin_trial: asyncpg.Connection) -> None:
    session = (await records.lab_session(admin_trial))["id"]
    await admin_trial.execute("SET LOCAL session_replication_role = replica")
    async with refused(admin_trial, "23T04", "lab_sessions_status_evidence"):
        await admin_trial.execute(COMPLETE, "VERIFIED_PASS", session)


# completed_at


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize("chosen", [None, EPOCH, datetime(2090, 1, 1, tzinfo=timezone.utc)])
async def test_the_end_is_dated_by_the_database(
    owner_trial: asyncpg.Connection, status: str, chosen: datetime | None
) -> None:
    session = await session_in(owner_trial, "IN_PROGRESS")
    assert await owner_trial.fetchval(
        "UPDATE lab_sessions SET status = $1, completed_at = $2 WHERE id = $3"
        " RETURNING completed_at BETWEEN statement_timestamp() AND clock_timestamp() AND completed_at >= started_at",
        status,
        chosen,
        session,
    )


async def test_a_session_in_progress_has_no_end(owner_trial: asyncpg.Connection) -> None:
    session = await session_in(owner_trial, "IN_PROGRESS")
    async with refused(owner_trial, "23514", "lab_sessions_status_completed_at_ck"):
        await owner_trial.execute("UPDATE lab_sessions SET completed_at = clock_timestamp() WHERE id = $1", session)


async def test_a_session_does_not_end_before_its_start(owner_trial: asyncpg.Connection) -> None:
    # As it is when the clock was set back in between.
    started_at = datetime(2090, 1, 1, tzinfo=timezone.utc)
    await owner_trial.execute("ALTER TABLE lab_sessions DISABLE TRIGGER t40_state")
    session = (await records.lab_session(owner_trial, started_at=started_at))["id"]
    await owner_trial.execute("ALTER TABLE lab_sessions ENABLE ALWAYS TRIGGER t40_state")
    row = await owner_trial.fetchrow(COMPLETE, "FAILED", session)
    assert row is not None
    assert row["completed_at"] == started_at


# What never changes


@pytest.mark.parametrize("column", ["id", "user_id", "lab_version_id", "started_at", "created_at"])
@pytest.mark.parametrize("status", [*LabSessionStatus])
async def test_who_works_on_what_never_changes(owner_trial: asyncpg.Connection, status: str, column: str) -> None:
    session = await session_in(owner_trial, status)
    other: object = EPOCH
    if column == "user_id":
        other = (await records.user(owner_trial))["id"]
    if column == "lab_version_id":
        other = (await records.lab_version(owner_trial))["id"]
    if column == "id":
        other = UUID(int=0)
    for value in (other, None):
        async with refused(owner_trial, "23T01", "lab_sessions_identity_immutable"):
            await owner_trial.execute(f"UPDATE lab_sessions SET {column} = $1 WHERE id = $2", value, session)


async def test_the_identity_cannot_change_along_with_the_state(owner_trial: asyncpg.Connection) -> None:
    session = await session_in(owner_trial, "IN_PROGRESS")
    thief = (await records.user(owner_trial))["id"]
    async with refused(owner_trial, "23T01", "lab_sessions_identity_immutable"):
        await owner_trial.execute(
            "UPDATE lab_sessions SET status = 'VERIFIED_PASS', user_id = $1 WHERE id = $2", thief, session
        )


@pytest.mark.parametrize("status", FINAL)
@pytest.mark.parametrize(
    "change",
    [
        "completed_at = completed_at - interval '1 day'",
        "completed_at = NULL",
        "compute_cost = 0",
        """cost_metadata = '{"rate": 0}'""",
        "updated_at = '2001-01-01'",
    ],
)
async def test_a_finished_session_is_immutable(owner_trial: asyncpg.Connection, status: str, change: str) -> None:
    session = await session_in(owner_trial, status)
    async with refused(owner_trial, "23T01", "lab_sessions_finished_immutable"):
        await owner_trial.execute(f"UPDATE lab_sessions SET {change} WHERE id = $1", session)


@pytest.mark.parametrize("status", FINAL)
async def test_a_finished_session_cannot_be_deleted(owner_trial: asyncpg.Connection, status: str) -> None:
    session = await session_in(owner_trial, status)
    async with refused(owner_trial, "23T01", "lab_sessions_finished_immutable"):
        await owner_trial.execute("DELETE FROM lab_sessions WHERE id = $1", session)


async def test_a_failed_session_without_attempts_cannot_be_deleted(owner_trial: asyncpg.Connection) -> None:
    session = (await records.lab_session(owner_trial))["id"]
    await owner_trial.execute(COMPLETE, "FAILED", session)
    async with refused(owner_trial, "23T01", "lab_sessions_finished_immutable"):
        await owner_trial.execute("DELETE FROM lab_sessions WHERE id = $1", session)


async def test_a_session_with_attempts_cannot_be_deleted(owner_trial: asyncpg.Connection) -> None:
    session = await session_in(owner_trial, "IN_PROGRESS")
    async with refused(owner_trial, still_referenced(owner_trial), "verification_attempts_lab_session_id_fkey"):
        await owner_trial.execute("DELETE FROM lab_sessions WHERE id = $1", session)


async def test_sessions_cannot_be_truncated(owner_trial: asyncpg.Connection) -> None:
    await session_in(owner_trial, "VERIFIED_PASS")
    async with refused(owner_trial, "0A000"):
        await owner_trial.execute("TRUNCATE lab_sessions")
    async with refused(owner_trial, "23T01", "verification_attempts_immutable"):
        await owner_trial.execute("TRUNCATE lab_sessions CASCADE")


async def test_a_lab_version_stays_with_its_sessions(owner_trial: asyncpg.Connection) -> None:
    session = await records.lab_session(owner_trial)
    async with refused(owner_trial, "23T01", "lab_versions_immutable"):
        await owner_trial.execute("DELETE FROM lab_versions WHERE id = $1", session["lab_version_id"])


# Cost


@pytest.mark.parametrize("cost", ["-0.000001", "'NaN'"])
async def test_a_cost_is_an_amount(owner_trial: asyncpg.Connection, cost: str) -> None:
    session = await session_in(owner_trial, "IN_PROGRESS")
    async with refused(owner_trial, "23514", "lab_sessions_compute_cost_ck"):
        await owner_trial.execute(f"UPDATE lab_sessions SET compute_cost = {cost} WHERE id = $1", session)


@pytest.mark.parametrize("document", ["[]", "null", "1"])
async def test_what_a_cost_is_made_of_is_an_object(owner_trial: asyncpg.Connection, document: str) -> None:
    session = await session_in(owner_trial, "IN_PROGRESS")
    async with refused(owner_trial, "23514", "lab_sessions_cost_metadata_ck"):
        await owner_trial.execute("UPDATE lab_sessions SET cost_metadata = $1 WHERE id = $2", document, session)
