"""How the event of an audited operation is recorded, and what becomes of the operation when it is not."""

import asyncio
import logging
from enum import Enum

from trust_models.audit.event import EventRow
from trust_models.audit.operation import Operation
from trust_models.audit.writing import write
from trust_models.db.database import current_client, current_transaction
from trust_models.db.denial import Denial
from trust_models.db.denials import Denials
from trust_models.db.literals import filled
from trust_models.db.spool import AuditSpool, Within
from trust_models.db.transaction import Transaction
from trust_models.db.translating_client import TranslatingClient
from trust_models.errors import (
    AuditNotRecorded,
    ConfigurationError,
    DatabaseUnavailable,
    IntegrityViolation,
    OutcomeUnknown,
    TransactionAborted,
    TransactionClosed,
    TrustError,
)
from trust_models.sql import load

logger = logging.getLogger("trust_models.audit")

_NOT_THE_LOG = (DatabaseUnavailable, IntegrityViolation, OutcomeUnknown, TransactionAborted, TransactionClosed)
"""What says that the transaction cannot be stored, or that the event breaks a rule: no reason to go on without it."""


_WITHIN = (
    "SELECT pg_current_xact_id()::text AS tx_id, clock_timestamp() AS occurred_at, trust.server_identity() AS server"
)


class OnAuditFailure(Enum):
    """What becomes of an audited operation when the audit log does not take its event."""

    FAIL_CLOSED = "fail closed"
    """The operation fails, and nothing of it is stored."""
    SPOOL = "spool"
    """The event goes to the local spool, from where it is written later; the change is stored."""


class Recording:
    """Fails closed: no change without its event in the log."""

    def __init__(self, client: TranslatingClient) -> None:
        self._denials = client.denials

    @staticmethod
    def of(on_audit_failure: OnAuditFailure, client: TranslatingClient) -> "Recording":
        """Return the one that a block declares; raise `ConfigurationError` for a spool that is not set."""
        if on_audit_failure is not OnAuditFailure.SPOOL:  # also whatever a caller without types may say
            return Recording(client)
        if client.spool is None:
            raise ConfigurationError("TRUST_AUDIT_SPOOL: it is not set, and an operation asks for it; name a folder.")
        return SpoolingRecording(client, client.spool)

    async def success(self, operation: Operation) -> None:
        """Write the event into the operation's transaction; where nothing is around that, together with its COMMIT."""
        tx = current_transaction()
        if tx is None or tx.outer:
            await write(operation.success())
        else:
            tx.commit_with(load("queries/insert_audit_event.sql"), operation.success())

    async def failure(self, operation: Operation, error: BaseException, denial: Denial | None) -> None:
        """Record a failure once the outermost transaction has ended; raise `AuditNotRecorded` where it cannot be."""
        row, outer = operation.failure(error), current_transaction()

        async def record() -> None:
            try:
                await self._write_failure(row, denial)
            except TrustError as refusal:
                unrecorded = refusal
            else:
                return
            logger.critical("The %s of %s could not be recorded: %s", row.outcome, row.action, unrecorded)
            # A cancellation has to stay one, and of a broken connection the caller learns the cause of both.
            if not isinstance(error, (asyncio.CancelledError, DatabaseUnavailable, OutcomeUnknown)):
                raise AuditNotRecorded from unrecorded

        if outer is None or outer.closed:
            await record()
        else:
            outer.after_close(record)

    async def _write_failure(self, row: EventRow, denial: Denial | None) -> None:
        await _write_apart(self._denials, row, denial)


class SpoolingRecording(Recording):
    """Goes on without the log: what it does not take is kept in the spool, on the disk before the COMMIT."""

    def __init__(self, client: TranslatingClient, spool: AuditSpool) -> None:
        super().__init__(client)
        self._spool = spool

    async def success(self, operation: Operation) -> None:
        """Write the event below a savepoint of its own; what refuses it is undone alone."""
        row, tx = operation.success(), current_client()
        assert isinstance(tx, Transaction)  # noqa: S101 - the block's own
        insert = filled(load("queries/insert_audit_event.sql"), row)
        try:
            await tx.command(f"SAVEPOINT trust_event; {insert}; RELEASE SAVEPOINT trust_event")
        except _NOT_THE_LOG:
            raise
        except TrustError as refusal:
            await tx.command("ROLLBACK TO SAVEPOINT trust_event; RELEASE SAVEPOINT trust_event")
            await self._spool_success(tx, row, refusal)

    async def _spool_success(self, tx: Transaction, row: EventRow, refusal: TrustError) -> None:
        (now,) = await tx.fetch(_WITHIN)
        within = Within(**now)

        async def keep() -> None:
            await self._spool.put(row._asdict(), within)
            logger.warning("The %s of %s went to the spool: %s", row.outcome, row.action, refusal)

        tx.before_commit(keep)

    async def _write_failure(self, row: EventRow, denial: Denial | None) -> None:
        try:
            await super()._write_failure(row, denial)
        except IntegrityViolation:
            raise
        except TrustError as refusal:
            await self._spool.put(row._asdict())
            logger.warning("The %s of %s went to the spool: %s", row.outcome, row.action, refusal)


async def _write_apart(denials: Denials, row: EventRow, denial: Denial | None) -> None:
    """Write the event of a failure without a connection of the service's; one of a denial counts that as well."""
    if denial is None:
        await denials.write(load("queries/insert_audit_event.sql"), *row)
        return
    refused = (denial.sqlstate, denial.table, denial.operation)
    await denials.write(load("queries/insert_denied_event.sql"), *row, *refused)
