"""`audited`: a critical operation and its event, in one transaction."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.models import Model

from trust_models.audit.actor import Actor
from trust_models.audit.context import current, operating
from trust_models.audit.event import AuditEvent, Entity, merged, snake_case
from trust_models.db.database import current_client, current_transaction, transaction
from trust_models.db.denial import Denial
from trust_models.db.denials import Denials
from trust_models.db.transaction import Transaction
from trust_models.enums import Outcome
from trust_models.errors import (
    AuditNotRecorded,
    DatabaseUnavailable,
    IntegrityViolation,
    OutcomeUnknown,
    PermissionDenied,
    SchemaLocked,
    TimedOut,
    TrustError,
)
from trust_models.models.fields import encode_json
from trust_models.sql import load

logger = logging.getLogger("trust_models.audit")

_REFUSALS = (IntegrityViolation, PermissionDenied, SchemaLocked)


class Operation:
    """An audited operation under way; what its event says can be completed inside the block."""

    def __init__(self, actor: Actor, action: str, entity: Entity) -> None:
        outer = current()
        self.id = str(uuid4())
        self.actor = actor
        self.action = action
        self.entity = entity
        self.metadata: dict[str, Any] = {}
        self._context = merged(
            outer.request.as_json() if outer else {},
            {"operation_id": self.id, "parent_operation_id": outer.operation_id if outer else None},
        )
        self.event(Outcome.SUCCESS)  # what does not fit is refused before anything is done

    def on(self, record: Model) -> None:
        """Say which record the operation is about, where its id was not known before."""
        self.entity = Entity.of(record)

    def add(self, **metadata: Any) -> None:
        """Add to the event's metadata; raise `TypeError` or `ValueError` for what is not JSON."""
        encode_json(metadata)
        self.metadata.update(metadata)

    def event(self, outcome: Outcome, reason_code: str | None = None, **metadata: Any) -> AuditEvent:
        """Return the event of this operation with `outcome`."""
        return AuditEvent(
            actor=self.actor,
            action=self.action,
            outcome=outcome,
            reason_code=reason_code,
            entity=self.entity,
            metadata=self.metadata | metadata,
            context=self._context,
        )

    def failure(self, error: BaseException) -> AuditEvent:
        """Return the event of this operation's failure: DENIED when the database refused, else FAILURE."""
        outcome = Outcome.DENIED if isinstance(error, _REFUSALS) else Outcome.FAILURE
        if not isinstance(error, TrustError):
            return self.event(outcome, _code(error))
        return self.event(outcome, _code(error), **merged({"sqlstate": error.sqlstate, "constraint": error.constraint}))


@asynccontextmanager
async def audited(actor: Actor, action: str, entity: Entity | Model) -> AsyncIterator[Operation]:
    """Run the block in a transaction that holds its changes and the event of them.

    `action` is dotted and in lower case, `lab_session.complete`; `entity` is the record, or its kind and id. When
    the block raises, its changes roll back, an event with FAILURE (DENIED when the database refused) is written on
    its own, and the error goes on to the caller. Inside another audited block or transaction it is a savepoint, and
    the event of a failure is written once the outermost one has ended, whichever way.

    Raises `AuditNotRecorded`, with the failure as its context, when the event of a failure cannot be written.
    """
    operation = Operation(actor, action, entity if isinstance(entity, Entity) else Entity.of(entity))
    tx: TransactionalDBClient | None = None
    try:
        with operating(actor, operation.id):
            async with transaction() as tx:
                if isinstance(tx, Transaction):
                    tx.audited = True
                yield operation
                await write(operation.event(Outcome.SUCCESS))
    except (Exception, asyncio.CancelledError) as error:
        if _can_be_recorded(tx, error):
            await _record_failure(operation.failure(error), error, tx.denial if isinstance(tx, Transaction) else None)
        raise


def _can_be_recorded(tx: TransactionalDBClient | None, error: BaseException) -> bool:
    """Tell whether there is a failure to record: not when all is stored, nor when no connection could be had."""
    if isinstance(tx, Transaction):
        return not tx.committed
    return not isinstance(error, (asyncio.CancelledError, DatabaseUnavailable, TimedOut))


async def write(event: AuditEvent) -> int:
    """Write `event` on the transaction of this task, or on its own, and return its id."""
    rows = await current_client().fetch(load("queries/insert_audit_event.sql"), *event.as_row())
    return int(rows[0]["id"])


async def write_many(events: Sequence[AuditEvent]) -> list[int]:
    """Write `events` in one statement, and return their ids in that order."""
    columns = list(zip(*(event.as_row() for event in events), strict=True))
    if not columns:
        return []
    rows = await current_client().fetch(load("queries/insert_audit_events.sql"), *columns)
    return [int(row["id"]) for row in rows]


async def _record_failure(event: AuditEvent, error: BaseException, denial: Denial | None) -> None:
    outer = current_transaction()
    denials = current_client().denials

    async def record() -> None:
        try:
            await _write_apart(denials, event, denial)
        except TrustError as refusal:
            unrecorded = refusal
        else:
            return
        logger.critical("The %s of %s could not be recorded: %s", event.outcome, event.action, unrecorded)
        # A cancellation has to stay one, and of a broken connection the caller learns the cause of both.
        if not isinstance(error, (asyncio.CancelledError, DatabaseUnavailable, OutcomeUnknown)):
            raise AuditNotRecorded from unrecorded

    if outer is None or outer.closed:
        await record()
    else:
        outer.after_close(record)


async def _write_apart(denials: Denials, event: AuditEvent, denial: Denial | None) -> None:
    """Write the event of a failure without a connection of the service's; one of a denial counts that as well."""
    if denial is None:
        await denials.write(load("queries/insert_audit_event.sql"), *event.as_row())
        return
    refused = (denial.sqlstate, denial.table, denial.operation)
    await denials.write(load("queries/insert_denied_event.sql"), *event.as_row(), *refused)


def _code(error: BaseException) -> str:
    return snake_case(type(error).__name__)[:100]
