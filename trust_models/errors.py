"""Every error that the package raises on purpose.

    TrustError
    ├── ConfigurationError          a setting is missing or wrong
    │   ├── EnvironmentMismatch     the process and the database are not of the same environment
    │   └── InvalidKey              the text is no key of a ledger
    ├── DatabaseUnavailable         no connection could be had
    ├── SchemaMismatch              the database is behind or ahead of the package
    │   └── SchemaDrifted           it, or a frozen migration, is not what it was made as
    ├── MigrationFailed             an upgrade stopped; the database is as it was before that migration
    ├── NotFound                    no such record
    ├── IntegrityViolation          the database refused a write
    │   ├── ImmutableRecord         23T01
    │   ├── VersionOutOfOrder       23T02
    │   ├── StateNotAllowed         23T03
    │   ├── EvidenceMissing         23T04
    │   ├── ActorRequired           23T05
    │   ├── AlreadyExists           23505, 23P01
    │   ├── ReferenceBroken         23503, 23001
    │   └── InvalidValue            23502, 23514, class 22
    ├── OperationRefused            the database refused a statement for another reason
    │   ├── AuditLogFull            no segment of the audit log is left
    │   ├── SchemaLocked            42T01
    │   └── PermissionDenied        42501
    ├── Retryable                   nothing was written; the same transaction may succeed if run again
    │   ├── SerializationConflict   40001, 40P01
    │   └── TimedOut                55P03, 57014
    ├── TransactionAborted          25P02; an error inside the transaction was swallowed; nothing was written
    ├── TransactionClosed           a statement came after the transaction had ended
    ├── OutcomeUnknown              the connection broke while COMMIT was under way
    ├── AuditNotRecorded            the operation failed, and so did the record of its failure
    ├── NotVerified                 what should prove the audit log proves nothing
    │   ├── InvalidProof            hashes do not lead to the root of the tree
    │   ├── InvalidNote             a note, or what stands in it, does not have its form
    │   ├── UntrustedNote           no known key signed the note, or a signature is false
    │   └── InvalidEventBytes       the bytes are not those of one event
    ├── StoreUnavailable            where checkpoints are published cannot be used
    ├── PublicationConflict         something else is already published there
    ├── WitnessFailed               a witness did not sign a checkpoint
    └── SpoolUnavailable            an event should go to the local spool, which is full or cannot be used

The database's errors name the rule (`constraint`), the table and what to do (`hint`). They never show the
values of a row: the driver's own message does, and is kept as `__cause__`.

`IntegrityViolation` is also Tortoise's `IntegrityError`, and `OperationRefused` its `OperationalError`, so
that the ORM's own methods (`get_or_create`) and code written against Tortoise behave as documented there.
"""

from typing import ClassVar

from tortoise.exceptions import IntegrityError, OperationalError

__all__ = [
    "ActorRequired",
    "AlreadyExists",
    "AuditLogFull",
    "AuditNotRecorded",
    "ConfigurationError",
    "DatabaseUnavailable",
    "EnvironmentMismatch",
    "EvidenceMissing",
    "ImmutableRecord",
    "IntegrityViolation",
    "InvalidEventBytes",
    "InvalidKey",
    "InvalidNote",
    "InvalidProof",
    "InvalidValue",
    "MigrationFailed",
    "NotFound",
    "NotVerified",
    "OperationRefused",
    "OutcomeUnknown",
    "PermissionDenied",
    "PublicationConflict",
    "ReferenceBroken",
    "Retryable",
    "SchemaDrifted",
    "SchemaLocked",
    "SchemaMismatch",
    "SerializationConflict",
    "SpoolUnavailable",
    "StateNotAllowed",
    "StoreUnavailable",
    "TimedOut",
    "TransactionAborted",
    "TransactionClosed",
    "TrustError",
    "UntrustedNote",
    "VersionOutOfOrder",
    "WitnessFailed",
]


class TrustError(Exception):
    """Something that trust_models refuses or cannot do.

    `str(error)` is one sentence for the person who has to mend the cause; without a message it is the first
    line of the class's docstring.
    """

    def __init__(
        self,
        message: str | None = None,
        *,
        sqlstate: str | None = None,
        constraint: str | None = None,
        table: str | None = None,
        hint: str | None = None,
    ) -> None:
        self.message = message or (type(self).__doc__ or "").partition("\n")[0]
        self.sqlstate = sqlstate or self.default_sqlstate
        self.constraint = constraint
        self.table = table
        self.hint = hint or self.default_hint
        super().__init__(self.message)

    default_sqlstate: ClassVar[str | None] = None
    default_hint: ClassVar[str | None] = None

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


class ConfigurationError(TrustError):
    """A setting is missing or wrong."""


class EnvironmentMismatch(ConfigurationError):
    """The process and the database belong to different environments."""


class InvalidKey(ConfigurationError):
    """The text is no key of a ledger."""

    default_hint = "Give the line as it was generated, from the first character to the last."


class DatabaseUnavailable(TrustError):
    """The database cannot be reached."""


class SchemaMismatch(TrustError):
    """The database's schema is not the one that this version of the package needs."""


class SchemaDrifted(SchemaMismatch):
    """The schema, or a frozen migration, is not what it was made as."""


class MigrationFailed(TrustError):
    """A migration failed and was rolled back."""


class NotFound(TrustError):
    """There is no such record."""


class IntegrityViolation(TrustError, IntegrityError):
    """The database refused the write because it would break a rule."""


class ImmutableRecord(IntegrityViolation):
    """The record is immutable."""

    default_sqlstate = "23T01"


class VersionOutOfOrder(IntegrityViolation):
    """The version is not the one that follows the last."""

    default_sqlstate = "23T02"


class StateNotAllowed(IntegrityViolation):
    """The rules do not allow this change of state."""

    default_sqlstate = "23T03"


class EvidenceMissing(IntegrityViolation):
    """The evidence is missing or does not match."""

    default_sqlstate = "23T04"


class ActorRequired(IntegrityViolation):
    """An actor is required and none was given."""

    default_sqlstate = "23T05"


class AlreadyExists(IntegrityViolation):
    """A record with the same key exists already."""

    default_sqlstate = "23505"


class ReferenceBroken(IntegrityViolation):
    """The record refers to one that does not exist, or another record still refers to it."""

    default_sqlstate = "23503"


class InvalidValue(IntegrityViolation):
    """A value does not have the form that the database demands."""

    default_sqlstate = "23514"


class OperationRefused(TrustError, OperationalError):
    """The database refused the statement."""


class AuditLogFull(OperationRefused):
    """The audit log has no segment left for another event, so nothing that is audited can be done."""

    default_sqlstate = "23514"
    default_hint = "Run `trust-models maintain` now, and daily from then on."


class SchemaLocked(OperationRefused):
    """The schema is locked."""

    default_sqlstate = "42T01"


class PermissionDenied(OperationRefused):
    """The database role lacks the right to do this."""

    default_sqlstate = "42501"


class Retryable(TrustError, OperationalError):
    """Nothing was written; the same transaction may succeed if it is run again."""


class SerializationConflict(Retryable):
    """Another transaction got in the way."""

    default_sqlstate = "40001"


class TimedOut(Retryable):
    """The statement waited or ran for too long."""

    default_sqlstate = "57014"


class TransactionAborted(TrustError):
    """An error inside the transaction was swallowed, so the database rolls everything back."""

    default_sqlstate = "25P02"
    default_hint = "Put what may fail into a transaction() of its own: it becomes a savepoint."


class TransactionClosed(TrustError):
    """The transaction has ended; a task that outlives it must open its own."""


class OutcomeUnknown(TrustError):
    """The connection broke while COMMIT was under way: the change may or may not be stored."""

    default_hint = "Look for the record before you try again."


class AuditNotRecorded(TrustError):
    """The operation failed, and the record of its failure could not be written either."""


class NotVerified(TrustError):
    """What should prove the audit log proves nothing."""


class InvalidProof(NotVerified):
    """The hashes do not lead to the root of the tree."""


class InvalidNote(NotVerified):
    """The note, or what stands in it, does not have its form."""


class UntrustedNote(NotVerified):
    """No known key signed the note, or a signature is false."""


class InvalidEventBytes(NotVerified):
    """The bytes are not those of one event."""


class StoreUnavailable(TrustError):
    """The place where checkpoints are published cannot be used."""


class PublicationConflict(TrustError):
    """Something else is already published under this name."""

    default_hint = (
        "Publish nothing more: the database is an older copy, its ledger was replaced, or the place is another"
        " ledger's. `trust-models audit verify` tells which."
    )


class WitnessFailed(TrustError):
    """A witness did not sign the checkpoint."""


class SpoolUnavailable(TrustError):
    """The local spool of audit events cannot be used."""

    default_hint = "See to the folder of TRUST_AUDIT_SPOOL; the service or `trust-models audit replay` empties it."
