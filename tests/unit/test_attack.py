"""What counts as prevention, and for whom a path should be closed."""

import re

import asyncpg
import pytest

from trust_models.attack.ground import Ground
from trust_models.attack.outcome import Verdict, refusal
from trust_models.attack.path import Attacker, ClosedBy, Path, filled_in
from trust_models.attack.paths import EVERY
from trust_models.db import sqlstates

PATH = next(one for one in EVERY if one.name == "delete a row")
WITH_AN_ANSWER = next(one for one in EVERY if one.name == "insert an exact duplicate")
BELOW = [one for one in Attacker if one is not Attacker.SUPERUSER]
AT_RUN_TIME = [one for one in BELOW if one is not Attacker.OWNER]


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.PostgresSyntaxError,
        asyncpg.UndefinedTableError,
        asyncpg.UndefinedColumnError,
        asyncpg.UndefinedFunctionError,
        asyncpg.InFailedSQLTransactionError,
        asyncpg.UniqueViolationError,
        asyncpg.CheckViolationError,
        asyncpg.DivisionByZeroError,
    ],
)
def test_a_mistake_in_a_statement_prevents_nothing(error: type[asyncpg.PostgresError]) -> None:
    assert refusal(error("x"), PATH).verdict is Verdict.ERROR


@pytest.mark.parametrize(
    ("error", "by"),
    [
        (asyncpg.InsufficientPrivilegeError, "missing privilege"),
        (sqlstates.SchemaLockViolation, "schema lock"),
        (sqlstates.ImmutableRecordViolation, "guard"),
        (sqlstates.EvidenceViolation, "rule"),
    ],
)
def test_a_privilege_a_guard_a_rule_and_the_lock_prevent(error: type[asyncpg.PostgresError], by: str) -> None:
    finding = refusal(error("x"), PATH)
    assert finding.verdict is Verdict.PREVENTED
    assert finding.by.startswith(by)


def test_what_a_path_expects_of_postgresql_prevents() -> None:
    assert refusal(asyncpg.UniqueViolationError("x"), WITH_AN_ANSWER).verdict is Verdict.PREVENTED


@pytest.mark.parametrize(
    "error", [asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError, asyncpg.DeadlockDetectedError]
)
def test_a_lock_of_somebody_else_is_no_answer(error: type[asyncpg.PostgresError]) -> None:
    assert refusal(error("x"), PATH).verdict is Verdict.NOT_TRIED


@pytest.mark.parametrize(
    ("closed_by", "locked", "event_triggers", "closed_for"),
    [
        (ClosedBy.GUARD, False, False, list(Attacker)),
        (ClosedBy.LOCK, False, False, AT_RUN_TIME),
        (ClosedBy.LOCK, True, False, BELOW),
        (ClosedBy.LOCK, True, True, list(Attacker)),
        (ClosedBy.OWNERSHIP, False, False, AT_RUN_TIME),
        (ClosedBy.OWNERSHIP, True, True, BELOW),
        (ClosedBy.PRIVILEGE, False, False, BELOW),
        (ClosedBy.SERVICE_PRIVILEGE, True, True, AT_RUN_TIME),
    ],
)
def test_for_whom_a_path_should_be_closed(
    closed_by: ClosedBy, *, locked: bool, event_triggers: bool, closed_for: list[Attacker]
) -> None:
    ground = Ground(
        owner="trust_owner",
        holder="trust_owner",
        database="trust_dev",
        version=18,
        as_superuser=True,
        locked=locked,
        has_event_triggers=event_triggers,
        roles=(),
        settings=(),
        missing_tables=(),
        subjects={},
    )
    path = next(one for one in EVERY if one.closed_by is closed_by)
    assert [one for one in Attacker if ground.should_be_closed(path, one)] == closed_for


def test_words_in_braces_are_filled_in_and_json_stays() -> None:
    assert filled_in("""UPDATE {table} SET a = '{"b": 1}', c = '{}'""", {"table": "t"}) == (
        """UPDATE t SET a = '{"b": 1}', c = '{}'"""
    )


def test_no_two_paths_have_the_same_name() -> None:
    names = [one.name for one in EVERY]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", EVERY, ids=lambda path: path.name)
def test_no_path_ends_a_transaction(path: Path) -> None:
    assert not re.search(r"\b(COMMIT|ROLLBACK|ABORT|PREPARE TRANSACTION|CLOSE|DISCARD)\b", path.sql, re.IGNORECASE)
    assert "setval" not in path.sql
    assert path.mend
    assert path.found_by
