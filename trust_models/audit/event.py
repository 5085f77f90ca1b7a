"""The one format of an audit event."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from tortoise.models import Model

from trust_models.audit.actor import Actor
from trust_models.enums import Outcome
from trust_models.models.fields import encode_json

SCHEMA_VERSION = 1
MAX_KEY_LENGTH = 255


def _json_object(value: dict[str, Any]) -> dict[str, Any]:
    encode_json(value)  # raises what pydantic reports: a TypeError or a ValueError
    return value


JsonData = Annotated[dict[str, Any], AfterValidator(_json_object)]


@dataclass(frozen=True, slots=True)
class Entity:
    """What an event is about: the kind of record, in snake_case, and its id once it has one."""

    type: str
    id: str | None = None

    @classmethod
    def of(cls, record: Model) -> "Entity":
        """Return the entity of a record: `lab_session` and its id for a `LabSession`."""
        return cls(kind_of(record.__class__), str(record.pk))

    @classmethod
    def named(cls, kind: str, key: UUID | str | int | None = None) -> "Entity":
        """Return the entity of a kind of record and its key, if that is known yet."""
        return cls(kind, None if key is None else str(key))


class AuditEvent(BaseModel):
    """Who did what, on what, with which outcome. When, under which role and in which transaction: the database says.

    `reason_code` tells why an outcome is not SUCCESS. `context` is about the request, `metadata` about the action.
    What does not fit is refused (`pydantic.ValidationError`), never cut.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    actor: Actor
    action: str = Field(max_length=100, pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")
    outcome: Outcome
    reason_code: str | None = Field(default=None, max_length=100)
    entity: Entity
    metadata: JsonData = Field(default_factory=dict)
    context: JsonData = Field(default_factory=dict)
    schema_version: int = SCHEMA_VERSION

    @model_validator(mode="after")
    def _can_be_stored(self) -> "AuditEvent":
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,99}", self.entity.type):
            raise ValueError("an entity's type is a word in snake_case, of at most 100 characters")
        for text in (self.actor.id, self.actor.on_behalf_of, self.entity.id):
            check_text(text)
        return self

    @model_validator(mode="after")
    def _gives_a_reason(self) -> "AuditEvent":
        if self.outcome is not Outcome.SUCCESS and self.reason_code is None:
            raise ValueError(f"an event with the outcome {self.outcome} needs a reason_code")
        return self

    def as_row(self) -> tuple[Any, ...]:
        """Return the values of `insert_audit_event.sql`, in its order."""
        return (
            self.schema_version,
            self.actor.type,
            self.actor.id,
            self.actor.on_behalf_of,
            self.action,
            self.outcome,
            self.reason_code,
            self.entity.type,
            self.entity.id,
            encode_json(self.metadata),
            encode_json(self.context),
        )


def kind_of(model: type[Model]) -> str:
    """Return what a model's records are called in events: `lab_session` for `LabSession`."""
    return snake_case(model.__name__)


def snake_case(name: str) -> str:
    """Return `LabSession` as `lab_session`, and `HTTPError` as `http_error`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def check_text(text: str | None, limit: int = MAX_KEY_LENGTH) -> None:
    """Raise `ValueError` for a text that the log cannot hold: too long, with a NUL, or with half a character."""
    if text is None:
        return
    text.encode()  # a lone surrogate is a UnicodeEncodeError, hence a ValueError
    if "\0" in text or len(text) > limit:
        raise ValueError(f"a text has at most {limit} characters, none of them NUL")


def merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts as one dict; the later wins, and None is left out."""
    return {name: value for part in parts for name, value in part.items() if value is not None}
