"""An event as the log holds it: with its number, its transaction and its time."""

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, Field

from trust_models.audit.actor import Actor
from trust_models.audit.event import AuditEvent, Entity
from trust_models.audit.mappings.cloudevents import cloudevent, data_of
from trust_models.audit.mappings.ocsf import ocsf_event
from trust_models.models import AuditLog


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc)


class RecordedEvent(AuditEvent):
    """An event that was recorded; two are equal when all that they say is.

    Raises `pydantic.ValidationError` for what the log cannot hold.
    """

    id: int = Field(gt=0)
    tx_id: int = Field(gt=0)
    created_at: Annotated[AwareDatetime, AfterValidator(_in_utc)]
    # What is stored is taken as it is: limits are for writers, captured changes may be larger, and what counts as white
    # space is another matter in each database.
    actor: Actor
    metadata: dict[str, Any]
    context: dict[str, Any]

    @classmethod
    def of(cls, record: AuditLog) -> "RecordedEvent":
        """Return the event of a row of the log."""
        return cls.model_validate(
            {
                "actor": Actor(record.actor_type, record.actor_id, record.on_behalf_of),
                "entity": Entity(record.entity_type, record.entity_id),
                **{name: getattr(record, name) for name in cls.model_fields if name not in {"actor", "entity"}},
            }
        )

    @classmethod
    def from_json(cls, columns: Mapping[str, Any]) -> "RecordedEvent":
        """Return the event that `as_json` gave these columns; raise `ValueError` or `ActorRequired` for others."""
        values = dict(columns)
        actor = (values.pop(name, None) for name in ("actor_type", "actor_id", "on_behalf_of"))
        entity = (values.pop(name, None) for name in ("entity_type", "entity_id"))
        parts = {
            "actor": dict(zip(("type", "id", "on_behalf_of"), actor, strict=True)),
            "entity": dict(zip(("type", "id"), entity, strict=True)),
        }
        return cls.model_validate({**values, **parts})

    @classmethod
    def from_cloudevent(cls, event: Mapping[str, Any]) -> "RecordedEvent":
        """Return the event that `to_cloudevent` gave this form, equal to it; raises as `from_json`."""
        recorded = cls.from_json(data_of(event))
        if event.get("id") != str(recorded.id):
            raise ValueError("the CloudEvent's id is not that of the event inside")
        return recorded

    def as_json(self) -> dict[str, Any]:
        """Return the columns of `audit_logs`, in their order, as values of JSON."""
        return {
            "tx_id": self.tx_id,
            "id": self.id,
            "created_at": self.created_at.isoformat(timespec="microseconds"),
            "schema_version": self.schema_version,
            "actor_type": str(self.actor.type),
            "actor_id": self.actor.id,
            "on_behalf_of": self.actor.on_behalf_of,
            "action": self.action,
            "outcome": str(self.outcome),
            "reason_code": self.reason_code,
            "entity_type": self.entity.type,
            "entity_id": self.entity.id,
            "metadata": self.metadata,
            "context": self.context,
        }

    def to_cloudevent(self, source: str, *, type_prefix: str = "trust_models") -> dict[str, Any]:
        """Return the event as a CloudEvent 1.0, for `json.dumps`. Nothing is lost: see `from_cloudevent`.

        `source` is a URI of the database, which with the event's number identifies it; `type_prefix` stands before
        the action, in reverse domain order: `org.example.labs`. Raises `ValueError` when one has another form.
        """
        return cloudevent(self, source, type_prefix=type_prefix)

    def to_ocsf(self) -> dict[str, Any]:
        """Return the event as one of OCSF 1.7.0, for `json.dumps`; what has no attribute there is in `unmapped`."""
        return ocsf_event(self)

    def context_text(self, key: str) -> str | None:
        """Return a text of the context; None where it is missing, empty, or no text."""
        value = self.context.get(key)
        return value if isinstance(value, str) and value else None
