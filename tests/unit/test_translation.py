"""Errors of the driver as errors of the package."""

import asyncio
import socket
import ssl

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust_models import errors
from trust_models.db import sqlstates
from trust_models.db.translation import DRIVER_ERRORS, translate
from trust_models.errors import TrustError

SECRET = "hunter2"


def from_server(sqlstate: str, **fields: str) -> asyncpg.PostgresError:
    """Return the error that the driver makes of a server's answer."""
    letters = {
        "message": "M",
        "detail": "D",
        "hint": "H",
        "table_name": "t",
        "column_name": "c",
        "constraint_name": "n",
        "schema_name": "s",
    }
    answer = {"C": sqlstate, "S": "ERROR", "V": "ERROR"}
    error: asyncpg.PostgresError = asyncpg.PostgresError.new(
        answer | {letters[name]: value for name, value in fields.items()}
    )
    return error


def subclasses(kind: type[BaseException]) -> set[type[BaseException]]:
    """Return all classes below one."""
    return {kind}.union(*(subclasses(below) for below in kind.__subclasses__()))


def test_every_own_sqlstate_has_a_class_of_its_own() -> None:
    own = {
        kind.sqlstate
        for kind in vars(sqlstates).values()
        if isinstance(kind, type) and issubclass(kind, asyncpg.PostgresError) and kind.__module__ == sqlstates.__name__
    }
    assert len(own) == 6
    kinds = {type(translate(from_server(sqlstate))) for sqlstate in own}
    assert {kind.default_sqlstate for kind in kinds} == own


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [
        ("23505", errors.AlreadyExists),
        ("23P01", errors.AlreadyExists),
        ("23503", errors.ReferenceBroken),
        ("23001", errors.ReferenceBroken),
        ("23502", errors.InvalidValue),
        ("23514", errors.InvalidValue),
        ("22001", errors.InvalidValue),
        ("22P05", errors.InvalidValue),
        ("23000", errors.IntegrityViolation),
        ("23999", errors.IntegrityViolation),
        ("42501", errors.PermissionDenied),
        ("42P01", errors.OperationRefused),
        ("40001", errors.SerializationConflict),
        ("40P01", errors.SerializationConflict),
        ("55P03", errors.TimedOut),
        ("57014", errors.TimedOut),
        ("25P02", errors.TransactionAborted),
        ("08003", errors.DatabaseUnavailable),
        ("28P01", errors.DatabaseUnavailable),
        ("3D000", errors.DatabaseUnavailable),
        ("53300", errors.DatabaseUnavailable),
        ("57P01", errors.DatabaseUnavailable),
        ("XX000", errors.OperationRefused),
        ("P0001", errors.OperationRefused),
    ],
)
def test_each_sqlstate_has_its_class(sqlstate: str, kind: type[TrustError]) -> None:
    error = translate(from_server(sqlstate, message="something"))
    assert type(error) is kind
    assert error.sqlstate == sqlstate


def test_every_error_that_the_driver_knows_has_an_answer() -> None:
    for kind in subclasses(asyncpg.PostgresError):
        error = kind("something")
        assert isinstance(error, DRIVER_ERRORS)
        assert isinstance(translate(error), TrustError)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
        ConnectionRefusedError(111, "Connection refused"),
        ConnectionResetError("reset"),
        socket.gaierror(-2, "Name or service not known"),
        ssl.SSLError(1, "certificate verify failed"),
        OSError("Multiple exceptions: [Errno 111], [Errno 101]"),
        asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
        asyncpg.CannotConnectNowError("the database system is starting up"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_connection_that_cannot_be_had_or_used(error: BaseException) -> None:
    assert isinstance(error, DRIVER_ERRORS)
    translated = translate(error)
    assert type(translated) is errors.DatabaseUnavailable
    assert str(translated).endswith(".")
    assert not str(translated).endswith("..")


def test_a_driver_that_ran_out_of_time() -> None:
    assert type(translate(asyncio.TimeoutError())) is errors.TimedOut


def test_a_rule_of_the_product_is_passed_on_with_all_it_says() -> None:
    error = translate(
        from_server(
            "23T04",
            message="a lab session is verified only by an attempt that passed",
            hint="Record an attempt first.",
            table_name="lab_sessions",
            constraint_name="lab_sessions_status_evidence",
            detail="not passed on",
        )
    )
    assert str(error) == "A lab session is verified only by an attempt that passed. Record an attempt first."
    assert (error.table, error.constraint) == ("lab_sessions", "lab_sessions_status_evidence")


def test_a_rule_of_postgresql_is_named_by_constraint_or_column() -> None:
    by_rule = from_server("23505", message=SECRET, table_name="users", constraint_name="users_email_key")
    assert str(translate(by_rule)) == "A record with the same key exists already (users_email_key of users)."
    by_column = from_server("23502", message=SECRET, table_name="users", column_name="email")
    assert str(translate(by_column)).endswith("(users.email).")
    by_neither = from_server("22001", message=SECRET)
    assert str(translate(by_neither)).endswith("(SQLSTATE 22001).")


def test_a_row_without_a_segment_is_a_full_log() -> None:
    missing = {"message": 'no partition of relation "audit_logs" found for row', "table_name": "audit_logs"}
    error = translate(from_server("23514", **missing))
    assert type(error) is errors.AuditLogFull
    assert "trust-models maintain" in str(error)
    check = translate(from_server("23514", **missing, constraint_name="audit_logs_action_ck"))
    assert type(check) is errors.InvalidValue
    assert type(translate(from_server("23514", table_name="elsewhere"))) is errors.InvalidValue


def test_a_hint_of_postgresql_is_not_ours() -> None:
    error = translate(from_server("42883", message="function nonsense() does not exist", hint="You might need casts."))
    assert error.hint is None
    assert str(error) == "Function nonsense() does not exist."


names = st.fixed_dictionaries(
    {},
    optional={
        "table_name": st.just("users"),
        "column_name": st.just("email"),
        "constraint_name": st.just("users_email_key"),
    },
)


@given(
    sqlstate=st.sampled_from(
        ["22001", "22007", "22P02", "22P05", "22000", "23000", "23001", "23502", "23503", "23505", "23514", "23P01"]
    ),
    around=st.tuples(st.text(max_size=20), st.text(max_size=20)),
    named=names,
)
def test_no_message_shows_what_somebody_wrote(sqlstate: str, around: tuple[str, str], named: dict[str, str]) -> None:
    value = SECRET.join(around)
    error = translate(
        from_server(
            sqlstate,
            message=f"invalid input: {value}",
            detail=f"Failing row contains ({value}).",
            hint=f"Try {value}.",
            **named,
        )
    )
    assert SECRET not in str(error)
    assert SECRET not in repr(error)
    assert SECRET not in "".join(str(kept) for kept in vars(error).values())


# Not 00 to 02: those are successes and warnings, which nobody raises.
@given(sqlstate=st.from_regex(r"(0[3-9A-Z]|[1-9A-Z][0-9A-Z])[0-9A-Z]{3}", fullmatch=True), message=st.text(max_size=50))
def test_any_answer_of_a_server_can_be_translated(sqlstate: str, message: str) -> None:
    error = translate(from_server(sqlstate, message=message))
    assert isinstance(error, TrustError)
    assert error.sqlstate == sqlstate
    assert str(error)
