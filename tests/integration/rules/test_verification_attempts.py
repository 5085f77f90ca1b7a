"""verification_attempts: numbered by the database, and taken only while their session is open."""

from uuid import UUID

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.refusals import refused

ATTEMPT = "INSERT INTO verification_attempts (lab_session_id, commit_sha, result) VALUES ($1, repeat('a', 40), 'PASS')"


async def numbers(connection: asyncpg.Connection, session: UUID) -> list[int]:
    rows = await connection.fetch(
        "SELECT attempt FROM verification_attempts WHERE lab_session_id = $1 ORDER BY id", session
    )
    return [row["attempt"] for row in rows]


# Numbers


async def test_attempts_count_from_one(app_trial: asyncpg.Connection) -> None:
    first = await records.attempt(app_trial)
    session = first["lab_session_id"]
    assert first["attempt"] == 1
    assert (await records.attempt(app_trial, lab_session_id=session))["attempt"] == 2
    assert (await records.attempt(app_trial))["attempt"] == 1
    assert (await records.attempt(app_trial, lab_session_id=session))["attempt"] == 3


async def test_a_service_cannot_name_the_number(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "42501"):
        await records.attempt(app_trial, attempt=1)


async def test_the_right_number_may_be_named(owner_trial: asyncpg.Connection) -> None:
    session = (await records.attempt(owner_trial, attempt=1))["lab_session_id"]
    assert (await records.attempt(owner_trial, lab_session_id=session, attempt=2))["attempt"] == 2
    assert (await records.attempt(owner_trial, lab_session_id=session, attempt=None))["attempt"] == 3


@pytest.mark.parametrize("attempt", [0, -1, 1, 3, 2**31 - 1])
async def test_another_number_is_refused(owner_trial: asyncpg.Connection, attempt: int) -> None:
    session = (await records.attempt(owner_trial))["lab_session_id"]
    async with refused(owner_trial, "23T02", "verification_attempts_attempt_order"):
        await records.attempt(owner_trial, lab_session_id=session, attempt=attempt)
    assert await numbers(owner_trial, session) == [1]


async def test_many_rows_of_one_statement_are_numbered(app_trial: asyncpg.Connection) -> None:
    session = (await records.lab_session(app_trial))["id"]
    await app_trial.execute(f"{ATTEMPT}, ($1, repeat('b', 40), 'FAIL')", session)
    await app_trial.execute(
        "INSERT INTO verification_attempts (lab_session_id, commit_sha, result)"
        " SELECT $1, repeat('c', 40), 'FAIL' FROM generate_series(1, 3)",
        session,
    )
    await app_trial.copy_records_to_table(
        "verification_attempts",
        records=[(session, "d" * 40, "PASS")] * 2,
        columns=["lab_session_id", "commit_sha", "result"],
    )
    assert await numbers(app_trial, session) == [1, 2, 3, 4, 5, 6, 7]


async def test_attempts_of_two_sessions_in_one_statement(app_trial: asyncpg.Connection) -> None:
    one, other = [(await records.lab_session(app_trial))["id"] for _ in range(2)]
    await app_trial.execute(
        "INSERT INTO verification_attempts (lab_session_id, commit_sha, result)"
        " SELECT session, repeat('c', 40), 'FAIL' FROM unnest($1::uuid[]) AS session",
        [one, other, one, other, one],
    )
    assert await numbers(app_trial, one) == [1, 2, 3]
    assert await numbers(app_trial, other) == [1, 2]


async def test_a_rollback_leaves_no_gap(app_trial: asyncpg.Connection) -> None:
    session = (await records.attempt(app_trial))["lab_session_id"]
    savepoint = app_trial.transaction()
    await savepoint.start()
    await app_trial.execute(ATTEMPT, session)
    await savepoint.rollback()
    await app_trial.execute(ATTEMPT, session)
    assert await numbers(app_trial, session) == [1, 2]


# Only while the session is open


@pytest.mark.parametrize("result", ["PASS", "FAIL"])
@pytest.mark.parametrize("status", ["VERIFIED_PASS", "FAILED"])
async def test_a_finished_session_takes_no_attempt(app_trial: asyncpg.Connection, status: str, result: str) -> None:
    session = (await records.attempt(app_trial))["lab_session_id"]
    await app_trial.execute("UPDATE lab_sessions SET status = $1 WHERE id = $2", status, session)
    async with refused(app_trial, "23T03", "verification_attempts_lab_session_id_open"):
        await records.attempt(app_trial, lab_session_id=session, result=result)
    async with refused(app_trial, "23T03", "verification_attempts_lab_session_id_open"):
        await app_trial.copy_records_to_table(
            "verification_attempts",
            records=[(session, "d" * 40, result)],
            columns=["lab_session_id", "commit_sha", "result"],
        )


async def test_the_statement_that_ends_a_session_gives_it_no_attempt(app_trial: asyncpg.Connection) -> None:
    session = (await records.lab_session(app_trial))["id"]
    async with refused(app_trial, "23T03", "verification_attempts_lab_session_id_open"):
        await app_trial.execute(
            "WITH ended AS (UPDATE lab_sessions SET status = 'FAILED' WHERE id = $1 RETURNING id)"
            " INSERT INTO verification_attempts (lab_session_id, commit_sha, result)"
            " SELECT id, repeat('a', 40), 'PASS' FROM ended",
            session,
        )


async def test_an_attempt_belongs_to_a_session(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "23503", "verification_attempts_lab_session_id_fkey"):
        await records.attempt(app_trial, lab_session_id=UUID(int=0))
    async with refused(app_trial, "23502"):
        await records.attempt(app_trial, lab_session_id=None)


# Values


@pytest.mark.parametrize("commit_sha", ["0123456789abcdef" + "0" * 24, "0123456789abcdef" * 4])
async def test_a_commit_is_named_in_full(app_trial: asyncpg.Connection, commit_sha: str) -> None:
    assert (await records.attempt(app_trial, commit_sha=commit_sha))["commit_sha"] == commit_sha


@pytest.mark.parametrize(
    "commit_sha",
    [
        *["", "HEAD", "a" * 7, "a" * 39, "a" * 41, "a" * 63, "A" * 40, "g" * 40, "0x" + "a" * 38, "\u0660" * 40],
        *["a" * 39 + "\n", "a" * 40 + "\n", "a" * 40 + " ", " " + "a" * 39],
    ],
)
async def test_another_form_of_commit_is_refused(app_trial: asyncpg.Connection, commit_sha: str) -> None:
    async with refused(app_trial, "23514", "verification_attempts_commit_sha_ck"):
        await records.attempt(app_trial, commit_sha=commit_sha)


async def test_a_commit_is_not_longer(app_trial: asyncpg.Connection) -> None:
    async with refused(app_trial, "22001"):
        await records.attempt(app_trial, commit_sha="a" * 65)


@pytest.mark.parametrize("result", ["PASS", "FAIL"])
async def test_a_result_of_the_list_is_accepted(app_trial: asyncpg.Connection, result: str) -> None:
    assert (await records.attempt(app_trial, result=result))["result"] == result


@pytest.mark.parametrize("result", ["ERROR", "pass", ""])
async def test_another_result_is_refused(app_trial: asyncpg.Connection, result: str) -> None:
    async with refused(app_trial, "23514", "verification_attempts_result_ck"):
        await records.attempt(app_trial, result=result)


@pytest.mark.parametrize("column", ["commit_sha", "result", "logs"])
async def test_an_attempt_is_complete(app_trial: asyncpg.Connection, column: str) -> None:
    async with refused(app_trial, "23502"):
        await records.attempt(app_trial, **{column: None})


async def test_logs_are_kept_as_json(app_trial: asyncpg.Connection) -> None:
    assert (await records.attempt(app_trial))["logs"] == "{}"
    assert (await records.attempt(app_trial, logs='{"lines": ["ok"]}'))["logs"] == '{"lines": ["ok"]}'
    async with refused(app_trial, "22P02"):
        await records.attempt(app_trial, logs="not JSON")
