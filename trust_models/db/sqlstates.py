"""The product's own SQLSTATEs as exception classes of the driver.

asyncpg raises the class whose `sqlstate` matches, and Tortoise wraps everything below
`IntegrityConstraintViolationError` as `IntegrityError`: code that uses the driver or the ORM directly sees a
typed error as well. Importing this module registers them.
"""

from asyncpg import IntegrityConstraintViolationError, SyntaxOrAccessError


class ImmutableRecordViolation(IntegrityConstraintViolationError):
    """The record is immutable."""

    sqlstate = "23T01"


class VersionOrderViolation(IntegrityConstraintViolationError):
    """A version is out of order."""

    sqlstate = "23T02"


class StateViolation(IntegrityConstraintViolationError):
    """A state change that the rules do not allow."""

    sqlstate = "23T03"


class EvidenceViolation(IntegrityConstraintViolationError):
    """Evidence is missing or does not match."""

    sqlstate = "23T04"


class ActorViolation(IntegrityConstraintViolationError):
    """An actor is required and none was given."""

    sqlstate = "23T05"


class SchemaLockViolation(SyntaxOrAccessError):
    """The schema is locked."""

    sqlstate = "42T01"
