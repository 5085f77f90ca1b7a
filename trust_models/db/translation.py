"""The one edge at which errors of the driver become errors of this package.

What an error means is read from its SQLSTATE, never from its text. The text of the product's own rules is
passed on; that of PostgreSQL's is not where it may quote a value of a row.
"""

import asyncio

import asyncpg

from trust_models import errors
from trust_models.db import sqlstates as sqlstates  # noqa: PLC0414 - registers the product's SQLSTATEs
from trust_models.errors import TrustError

_GONE = ("closed", "closing", "released", "in progress")
"""What tells the driver's own errors about a connection from those about its use: it has one class for both."""

DRIVER_ERRORS = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    asyncio.TimeoutError,
)
"""What a call of the driver may raise; `translate` has an answer to each."""

_BY_SQLSTATE: dict[str, type[TrustError]] = {
    "23T01": errors.ImmutableRecord,
    "23T02": errors.VersionOutOfOrder,
    "23T03": errors.StateNotAllowed,
    "23T04": errors.EvidenceMissing,
    "23T05": errors.ActorRequired,
    "42T01": errors.SchemaLocked,
    "23505": errors.AlreadyExists,
    "23P01": errors.AlreadyExists,
    "23503": errors.ReferenceBroken,
    "23001": errors.ReferenceBroken,
    "23502": errors.InvalidValue,
    "23514": errors.InvalidValue,
    "25P02": errors.TransactionAborted,
    "42501": errors.PermissionDenied,
    "40001": errors.SerializationConflict,
    "40P01": errors.SerializationConflict,
    "55P03": errors.TimedOut,
    "57014": errors.TimedOut,
    "3D000": errors.DatabaseUnavailable,
}

_BY_CLASS: dict[str, type[TrustError]] = {
    "08": errors.DatabaseUnavailable,  # connection exception
    "22": errors.InvalidValue,  # data exception
    "23": errors.IntegrityViolation,
    "28": errors.DatabaseUnavailable,  # invalid authorization
    "53": errors.DatabaseUnavailable,  # insufficient resources
    "57": errors.DatabaseUnavailable,  # operator intervention: shutdown, crash
}

_TEXT_IS_NOT_PASSED_ON = ("22", "23", "25")
"""Classes whose messages may quote what somebody wrote, or say less than ours."""


def translate(error: BaseException) -> TrustError:
    """Return the package's error for `error`, one of `DRIVER_ERRORS`; raise it `from error`."""
    if isinstance(error, asyncpg.PostgresError):
        return _from_server(error)
    if isinstance(error, asyncio.TimeoutError):
        return errors.TimedOut("The database did not answer in time.")
    if isinstance(error, OSError):
        return errors.DatabaseUnavailable(f"The database cannot be reached: {_sentence(str(error.strerror or error))}")
    if any(word in str(error) for word in _GONE):
        return errors.DatabaseUnavailable(f"The connection cannot be used: {error}.")
    return errors.OperationRefused(f"The driver refused: {_sentence(str(error).partition(chr(10))[0])}")


def _from_server(error: asyncpg.PostgresError) -> TrustError:
    sqlstate: str = error.sqlstate or "XX000"
    if sqlstate == "23514" and _table(error) == "audit_logs" and not _field(error, "constraint_name"):
        # Every CHECK has a name; what has none is the routing of a row to its partition.
        return errors.AuditLogFull(sqlstate=sqlstate, table="audit_logs")
    kind = _BY_SQLSTATE.get(sqlstate) or _BY_CLASS.get(sqlstate[:2], errors.OperationRefused)
    ours = sqlstate[2:3] == "T"
    return kind(
        _message(error, kind) if ours or sqlstate[:2] not in _TEXT_IS_NOT_PASSED_ON else _describe(error, kind),
        sqlstate=sqlstate,
        constraint=_field(error, "constraint_name"),
        table=_table(error),
        hint=_field(error, "hint") if ours else None,
    )


def _message(error: asyncpg.PostgresError, kind: type[TrustError]) -> str:
    return _sentence(_field(error, "message") or kind().message)


def _describe(error: asyncpg.PostgresError, kind: type[TrustError]) -> str:
    """Say what is wrong by the names of things alone."""
    if kind is errors.TransactionAborted:
        return kind().message
    message = kind().message.rstrip(".")
    table = _table(error)
    if constraint := _field(error, "constraint_name"):
        return f"{message} ({constraint} of {table})."
    if column := _field(error, "column_name"):
        return f"{message} ({table}.{column})."
    return f"{message} (SQLSTATE {error.sqlstate})."


def _table(error: asyncpg.PostgresError) -> str | None:
    """Return the table's name; a segment of the audit log goes by the log's."""
    table = _field(error, "table_name")
    return "audit_logs" if table and table.startswith("audit_segment_") else table


def _field(error: asyncpg.PostgresError, name: str) -> str | None:
    value = getattr(error, name, None)
    return value if isinstance(value, str) and value else None


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
