"""The one format of an audit event."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from tortoise.models import Model

from trust_models.audit.actor import Actor
from trust_models.enums import ActorType, Outcome
from trust_models.models.fields import encode_json

SCHEMA_VERSION = 1
MAX_KEY_LENGTH = 255
MAX_METADATA_BYTES = 64 * 1024
MAX_METADATA_LEVELS = 16
MAX_CONTEXT_BYTES = 16 * 1024

_ACTION = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_ENTITY_TYPE = re.compile(r"[a-z][a-z0-9_]{0,99}")
_MAX_ACTION_LENGTH = 100


class EventRow(NamedTuple):
    """The values of `insert_audit_event.sql`, in its order; `metadata` and `context` are JSON already."""

    schema_version: int
    actor_type: str
    actor_id: str | None
    on_behalf_of: str | None
    action: str
    outcome: str
    reason_code: str | None
    entity_type: str
    entity_id: str | None
    metadata: str
    context: str


@dataclass(frozen=True, slots=True)
class Entity:
    """What an event is about: the kind of record, in snake_case, and its id once it has one."""

    type: str
    id: str | None = None

    @classmethod
    def of(cls, record: Model) -> "Entity":
        """Return the entity of a record: `lab_session` and its id, once it has one, for a `LabSession`."""
        return cls.named(kind_of(record.__class__), record.pk)

    @classmethod
    def named(cls, kind: str, key: UUID | str | int | None = None) -> "Entity":
        """Return the entity of a kind of record and its key, if that is known yet."""
        return cls(kind, None if key is None else str(key))


def check_action(action: str) -> str:
    """Return `action`; raise `ValueError` unless it is dotted, in lower case and short enough."""
    if len(action) > _MAX_ACTION_LENGTH or not _ACTION.fullmatch(action):
        raise ValueError("an action is dotted, in lower case and of at most 100 characters: lab_session.complete")
    return action


def check_actor(actor: Actor) -> Actor:
    """Return `actor`; raise `ValueError` for ids that the log cannot hold, or does not take."""
    if actor.type in (ActorType.USER, ActorType.SERVICE) and not (actor.id or "").strip():
        raise ValueError("an actor's id is more than white space")
    check_text(actor.id)
    check_text(actor.on_behalf_of)
    return actor


def check_entity(entity: Entity) -> Entity:
    """Return `entity`; raise `ValueError` for a type or an id that the log cannot hold."""
    if not _ENTITY_TYPE.fullmatch(entity.type):
        raise ValueError("an entity's type is a word in snake_case, of at most 100 characters")
    check_text(entity.id)
    return entity


def encode_metadata(metadata: dict[str, Any]) -> str:
    """Return `metadata` as JSON.

    Raises `ValueError` beyond 16 levels or 64 KiB, and what `encode_json` raises.
    """
    _check_levels(metadata, MAX_METADATA_LEVELS)
    return _encode(metadata, "metadata", MAX_METADATA_BYTES)


def encode_context(context: dict[str, Any]) -> str:
    """Return `context` as JSON; raise `ValueError` beyond 16 KiB, and what `encode_json` raises."""
    return _encode(context, "context", MAX_CONTEXT_BYTES)


def extended_context(encoded: str, more: dict[str, str]) -> str:
    """Return a context that is a JSON object already with `more` keys in it; raise `ValueError` beyond 16 KiB."""
    added = encode_json(more)
    return _limited(added if encoded == "{}" else f"{encoded[:-1]},{added[1:]}", "context", MAX_CONTEXT_BYTES)


def _encode(value: dict[str, Any], name: str, limit: int) -> str:
    return _limited(encode_json(value), name, limit)


def _limited(text: str, name: str, limit: int) -> str:
    if (size := len(text.encode())) > limit:
        raise ValueError(f"an event's {name} takes at most {limit} bytes as JSON, and this takes {size}")
    return text


def _check_levels(value: object, left: int) -> None:
    """Count before the encoder does: it would go as deep as the interpreter lets it."""
    if not isinstance(value, (dict, list, tuple)):
        return
    if left == 0:
        raise ValueError(f"an event's metadata has at most {MAX_METADATA_LEVELS} levels")
    for inner in value.values() if isinstance(value, dict) else value:
        _check_levels(inner, left - 1)


def _that_is_encoded(encode: Any) -> AfterValidator:
    def check(value: dict[str, Any]) -> dict[str, Any]:
        try:
            encode(value)
        except TypeError as error:
            raise ValueError(str(error)) from error  # the one that pydantic reports as its own
        return value

    return AfterValidator(check)


class AuditEvent(BaseModel):
    """Who did what, on what, with which outcome. When, under which role and in which transaction: the database says.

    `reason_code` tells why an outcome is not SUCCESS. `context` is about the request, `metadata` about the action:
    at most 16 KiB and 64 KiB as JSON. What does not fit is refused (`pydantic.ValidationError`), never cut.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    actor: Annotated[Actor, AfterValidator(check_actor)]
    action: Annotated[str, AfterValidator(check_action)]
    outcome: Outcome
    reason_code: str | None = Field(default=None, max_length=100)
    entity: Annotated[Entity, AfterValidator(check_entity)]
    metadata: Annotated[dict[str, Any], _that_is_encoded(encode_metadata)] = Field(default_factory=dict)
    context: Annotated[dict[str, Any], _that_is_encoded(encode_context)] = Field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    @model_validator(mode="after")
    def _gives_a_reason(self) -> "AuditEvent":
        if self.outcome is not Outcome.SUCCESS and self.reason_code is None:
            raise ValueError(f"an event with the outcome {self.outcome} needs a reason_code")
        return self

    def as_row(self) -> EventRow:
        """Return the values that are stored; raise `ValueError` where a dict of it has grown too large since."""
        return EventRow(
            self.schema_version,
            self.actor.type,
            self.actor.id,
            self.actor.on_behalf_of,
            self.action,
            self.outcome,
            self.reason_code,
            self.entity.type,
            self.entity.id,
            encode_metadata(self.metadata),
            encode_context(self.context),
        )


@cache
def kind_of(model: type[Model]) -> str:
    """Return what a model's records are called in events: `lab_session` for `LabSession`."""
    return snake_case(model.__name__)


def snake_case(name: str) -> str:
    """Return `LabSession` as `lab_session`, and `HTTPError` as `http_error`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def check_text(text: str | None, limit: int = MAX_KEY_LENGTH) -> None:
    """Raise `ValueError` for a text that the log cannot hold: none, too long, with a NUL, or with half a character."""
    if text is None:
        return
    if not isinstance(text, str):
        raise ValueError(f"what identifies somebody or something is a text, not {type(text).__name__}")  # noqa: TRY004
    text.encode()  # a lone surrogate is a UnicodeEncodeError, hence a ValueError
    if "\0" in text or len(text) > limit:
        raise ValueError(f"a text has at most {limit} characters, none of them NUL")
