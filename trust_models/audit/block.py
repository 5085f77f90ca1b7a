"""`audited`: a critical operation and its event, in one transaction."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from inspect import iscoroutinefunction, isroutine, unwrap
from types import FunctionType, TracebackType
from typing import Any, ParamSpec, TypeAlias, TypeVar

from tortoise.backends.base.client import TransactionalDBClient
from tortoise.models import Model

from trust_models.audit.actor import Actor
from trust_models.audit.context import current_actor
from trust_models.audit.event import Entity, check_action
from trust_models.audit.operation import Operation, under_way
from trust_models.audit.recording import OnAuditFailure, Recording
from trust_models.db.database import current_client, transaction
from trust_models.db.transaction import Transaction
from trust_models.errors import DatabaseUnavailable, TimedOut

P = ParamSpec("P")
T = TypeVar("T")
Subject: TypeAlias = Entity | Model


class Audited(AbstractAsyncContextManager[Operation]):
    """What `audited` returns: the block of an `async with`, once, or the decorator of a coroutine function."""

    def __init__(
        self,
        action: str,
        entity: Subject | Callable[..., Subject],
        actor: Actor | None,
        on_audit_failure: OnAuditFailure,
    ) -> None:
        self._action = action
        self._entity = entity
        self._actor = actor
        self._on_audit_failure = on_audit_failure
        self._running: AbstractAsyncContextManager[Operation] | None = None

    def __call__(self, function: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
        """Make every call of `function` an operation of its own.

        Raises `TypeError` for what is no coroutine function, and `ValueError` for an action that no event can have.
        """
        check_action(self._action)
        _check_coroutine_function(function)

        @wraps(function)
        async def call(*args: P.args, **kwargs: P.kwargs) -> T:
            entity = self._entity(*args, **kwargs) if callable(self._entity) else self._entity
            async with Audited(self._action, entity, self._actor, self._on_audit_failure):
                return await function(*args, **kwargs)

        return call

    async def __aenter__(self) -> Operation:
        if self._running is not None:
            raise RuntimeError("An audited block runs once; make another one.")
        self._running = self._run()
        return await self._running.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        if self._running is None:
            raise RuntimeError("The audited block was not entered.")
        return await self._running.__aexit__(kind, error, trace)

    @asynccontextmanager
    async def _run(self) -> AsyncIterator[Operation]:
        recording = Recording.of(self._on_audit_failure, current_client())
        operation = Operation(self._actor or current_actor(), self._action, self._subject())
        tx: TransactionalDBClient | None = None
        try:
            with under_way(operation):
                async with transaction() as tx:
                    if isinstance(tx, Transaction):
                        tx.audited = True
                    yield operation
                    operation.end()
                    await recording.success(operation)
        except (Exception, asyncio.CancelledError) as error:
            operation.end()
            if _can_be_recorded(tx, error):
                await recording.failure(operation, error, tx.denial if isinstance(tx, Transaction) else None)
            raise

    def _subject(self) -> Entity:
        if isinstance(self._entity, Entity):
            return self._entity
        if isinstance(self._entity, Model):
            return Entity.of(self._entity)
        if isinstance(self._entity, FunctionType):
            raise TypeError("Only a decorated function has arguments to take the entity from.")
        raise TypeError(f"An operation is about an Entity or a record, not {type(self._entity).__name__}.")


def audited(
    action: str,
    entity: Subject | Callable[..., Subject],
    *,
    actor: Actor | None = None,
    on_audit_failure: OnAuditFailure = OnAuditFailure.FAIL_CLOSED,
) -> Audited:
    """Run a block, or each call of a decorated coroutine function, in a transaction that holds its changes and event.

    `action` is dotted and in lower case, `lab_session.complete`. `entity` is the record, or its kind and id; of a
    decorated function also a function that makes it from the same arguments. The actor is the one of `acting_as`
    unless another one is given. When the block raises, its changes roll back, an event with FAILURE (DENIED, when the
    database refused) is written on its own, and the error goes on to the caller. Inside another audited block or
    transaction it is a savepoint, and the event of a failure is written once the outermost one has ended, either way.

    `on_audit_failure` says what becomes of the operation when the log does not take its event: it fails, or the event
    goes to the local spool.

    Before anything is done, raises `ActorRequired` when nobody acts, `ValueError` for what no event can say, and
    `ConfigurationError` where a spool is asked for and none is set. Raises `AuditNotRecorded`, with the failure as its
    context, when the event of a failure cannot be recorded.
    """
    return Audited(action, entity, actor, on_audit_failure)


def _check_coroutine_function(function: object) -> None:
    """Refuse what a call would run, and only then find that it cannot be awaited; other callables may be anything."""
    wrapped = unwrap(function) if callable(function) else function
    if not callable(wrapped) or (isroutine(wrapped) and not iscoroutinefunction(wrapped)):
        name = getattr(wrapped, "__qualname__", type(wrapped).__name__)
        raise TypeError(f"audited decorates coroutine functions, below @classmethod or @staticmethod; {name} is none.")


def _can_be_recorded(tx: TransactionalDBClient | None, error: BaseException) -> bool:
    """Tell whether there is a failure to record: not when all is stored, nor when no connection could be had."""
    if isinstance(tx, Transaction):
        return not tx.committed
    return not isinstance(error, (asyncio.CancelledError, DatabaseUnavailable, TimedOut))
