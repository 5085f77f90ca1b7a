"""An audited operation under way, and the rows that its event can become."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import uuid4

from tortoise.models import Model

from trust_models.audit.actor import Actor
from trust_models.audit.context import current, operating
from trust_models.audit.event import (
    SCHEMA_VERSION,
    Entity,
    EventRow,
    check_action,
    check_actor,
    check_entity,
    encode_metadata,
    extended_context,
    snake_case,
)
from trust_models.enums import Outcome
from trust_models.errors import IntegrityViolation, PermissionDenied, SchemaLocked, TransactionClosed, TrustError
from trust_models.models.fields import encode_json

_REFUSALS = (IntegrityViolation, PermissionDenied, SchemaLocked)
_MAX_REASON_LENGTH = 100


class Operation:
    """An audited operation under way; what its event says can be completed until the block ends.

    Everything that the event says is checked when it is said, so that the event can be written in the end.
    """

    def __init__(self, actor: Actor, action: str, entity: Entity) -> None:
        outer = current()
        self.id = str(uuid4())
        self.actor = check_actor(actor)
        self.action = check_action(action)
        self._entity = check_entity(entity)
        self._metadata: dict[str, Any] = {}
        self._encoded_metadata = "{}"
        context = {"operation_id": self.id}
        if outer and outer.operation_id:
            context["parent_operation_id"] = outer.operation_id
        self._context = extended_context(outer.request.encoded if outer else "{}", context)
        self._ended = False

    @property
    def entity(self) -> Entity:
        """What it is about."""
        return self._entity

    @property
    def metadata(self) -> dict[str, Any]:
        """What was added so far."""
        return dict(self._metadata)

    def on(self, record: Model) -> None:
        """Say which record the operation is about, where its id was not known before."""
        self._check_open()
        self._entity = check_entity(Entity.of(record))

    def add(self, **metadata: Any) -> None:
        """Add to the event's metadata; what is refused leaves it as it was.

        Raises `TypeError` or `ValueError` for what is not JSON, `ValueError` beyond 64 KiB of JSON or 16 levels, and
        `TransactionClosed` once the block has ended.
        """
        self._check_open()
        complete = self._metadata | metadata
        self._encoded_metadata = encode_metadata(complete)
        self._metadata = complete

    def end(self) -> None:
        """Take nothing more: the event is about to be written."""
        self._ended = True

    def success(self) -> EventRow:
        """Return the event of this operation's success."""
        return self._row(Outcome.SUCCESS, None, self._encoded_metadata)

    def failure(self, error: BaseException) -> EventRow:
        """Return the event of this operation's failure: DENIED when the database refused, else FAILURE."""
        outcome = Outcome.DENIED if isinstance(error, _REFUSALS) else Outcome.FAILURE
        metadata = self._encoded_metadata
        if isinstance(error, TrustError):
            found = {"sqlstate": error.sqlstate, "constraint": error.constraint}
            # Not measured: there has to be an event also where these few bytes pass the limit.
            metadata = encode_json(self._metadata | {name: value for name, value in found.items() if value})
        return self._row(outcome, snake_case(type(error).__name__)[:_MAX_REASON_LENGTH], metadata)

    def _row(self, outcome: Outcome, reason_code: str | None, metadata: str) -> EventRow:
        return EventRow(
            SCHEMA_VERSION,
            self.actor.type,
            self.actor.id,
            self.actor.on_behalf_of,
            self.action,
            outcome,
            reason_code,
            self._entity.type,
            self._entity.id,
            metadata,
            self._context,
        )

    def _check_open(self) -> None:
        if self._ended:
            raise TransactionClosed("The audited operation has ended; a task that outlives it must audit its own.")


_operation: ContextVar[Operation | None] = ContextVar("trust_operation", default=None)


def current_operation() -> Operation:
    """Return the operation of the innermost audited block around, to complete what its event says.

    Raises `RuntimeError` where there is none.
    """
    operation = _operation.get()
    if operation is None:
        raise RuntimeError("No audited operation is under way here.")
    return operation


@contextmanager
def under_way(operation: Operation) -> Iterator[None]:
    """Make `operation` the current one of the block, and its actor the one who acts."""
    token = _operation.set(operation)
    try:
        with operating(operation.actor, operation.id):
            yield
    finally:
        _operation.reset(token)
