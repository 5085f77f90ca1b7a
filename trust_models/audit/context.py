"""Who acts, for which request, in which operation: carried in a `ContextVar`, handed to the database.

The settings that PostgreSQL sees, each local to its transaction: `trust.actor_type`, `trust.actor_id`,
`trust.on_behalf_of`, `trust.operation_id` and `trust.context` (a JSON object of the rest).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from functools import cached_property

from trust_models.audit.actor import Actor
from trust_models.audit.event import check_text
from trust_models.db.session_settings import session_settings
from trust_models.errors import ActorRequired
from trust_models.models.fields import encode_json

MAX_CONTEXT_LENGTH = 1000


@dataclass(frozen=True)
class RequestContext:
    """What is known of the request that a change is made for; what is None is left out of events.

    Raises `ValueError` for a text that the log cannot hold: over 1,000 characters, with a NUL, or half a character.
    """

    request_id: str | None = None
    trace_id: str | None = None
    client_address: str | None = None
    user_agent: str | None = None
    service: str | None = None

    def __post_init__(self) -> None:
        for name in _REQUEST_KEYS:
            check_text(getattr(self, name), MAX_CONTEXT_LENGTH)

    def as_json(self) -> dict[str, str]:
        """Return what is known, by name."""
        return {name: value for name in _REQUEST_KEYS if (value := getattr(self, name)) is not None}

    @cached_property
    def encoded(self) -> str:
        """The same, as the text of a JSON object. Each transaction and each event of the request says it."""
        return encode_json(self.as_json())


_REQUEST_KEYS = tuple(field.name for field in fields(RequestContext))
_UNKNOWN = RequestContext()


@dataclass(frozen=True, slots=True)
class Acting:
    """The context of one moment of one task."""

    actor: Actor
    request: RequestContext = _UNKNOWN
    operation_id: str | None = None

    def as_settings(self) -> dict[str, str]:
        """Return it as settings of a transaction."""
        values = {
            "trust.actor_type": str(self.actor.type),
            "trust.actor_id": self.actor.id,
            "trust.on_behalf_of": self.actor.on_behalf_of,
            "trust.operation_id": self.operation_id,
            "trust.context": None if self.request.encoded == "{}" else self.request.encoded,
        }
        return {name: value for name, value in values.items() if value is not None}


_acting: ContextVar[Acting | None] = ContextVar("trust_acting", default=None)


def current() -> Acting | None:
    """Return the context of this task, if somebody said who acts."""
    return _acting.get()


def current_actor() -> Actor:
    """Return who acts; raise `ActorRequired` when nobody said."""
    acting = _acting.get()
    if acting is None:
        raise ActorRequired(hint="Say who acts: `with acting_as(Actor.user(user_id)): ...`.")
    return acting.actor


@contextmanager
def acting_as(actor: Actor, request: RequestContext | None = None) -> Iterator[None]:
    """Say who acts in the block, and in every task that it starts.

    `request` defaults to the one around the block. Every transaction that begins inside tells the database.
    """
    outer = _acting.get()
    if request is None:
        request = outer.request if outer else _UNKNOWN
    with entered(Acting(actor, request, outer.operation_id if outer else None)):
        yield


def operating(actor: Actor, operation_id: str) -> AbstractContextManager[None]:
    """Say who acts in the block, and which audited operation it is."""
    outer = _acting.get()
    return entered(Acting(actor, outer.request if outer else _UNKNOWN, operation_id))


@contextmanager
def entered(acting: Acting) -> Iterator[None]:
    """Make `acting` the context of the block."""
    token = _acting.set(acting)
    try:
        with session_settings(acting.as_settings()):
            yield
    finally:
        _acting.reset(token)
