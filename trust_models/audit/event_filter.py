"""Which events are asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trust_models.audit.event import Entity
from trust_models.enums import ActorType, Outcome

_CONDITIONS = {
    "actor_type": "actor_type = {}",
    "actor_id": "actor_id = {}",
    "on_behalf_of": "on_behalf_of = {}",
    "action": "action = {}",
    "entity_type": "entity_type = {}",
    "transaction_id": "tx_id = {}",
    "request_id": "context ->> 'request_id' = {}",
    "operation_id": "context ->> 'operation_id' = {}",
    "since": "created_at >= {}",
    "until": "created_at < {}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter:
    """What an event must have; what is left out may be anything.

    `entity` is one record, `entity_type` every record of a kind; of `outcomes` any one will do. `since` belongs to the
    range, `until` does not. Raises `ValueError` for a time without its zone, and for
    what is no outcome.
    """

    actor_type: ActorType | None = None
    actor_id: str | None = None
    on_behalf_of: str | None = None
    action: str | None = None
    outcomes: tuple[Outcome, ...] = ()
    entity: Entity | None = None
    entity_type: str | None = None
    transaction_id: int | None = None
    request_id: str | None = None
    operation_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("since", "until"):
            moment: datetime | None = getattr(self, name)
            if moment is not None and moment.utcoffset() is None:
                raise ValueError(f"{name} needs a time zone")
        for outcome in self.outcomes:  # of a text alone these are its letters, which would fit no event
            Outcome(outcome)

    def conditions(self) -> Iterator[tuple[str, Any]]:
        """Return conditions in SQL, each with `{}` for its one parameter, and what that is."""
        for name, condition in _CONDITIONS.items():
            value = getattr(self, name)
            if value is not None:
                yield condition, value
        if self.entity is not None:
            yield "entity_type = {}", self.entity.type
            # Not IS NOT DISTINCT FROM, for which no index is used.
            yield (
                ("entity_id IS NULL AND {}::text IS NULL" if self.entity.id is None else "entity_id = {}"),
                self.entity.id,
            )
        if self.outcomes:
            # In so many words, for the index of what did not succeed.
            word = "outcome" if Outcome.SUCCESS in self.outcomes else "outcome <> 'SUCCESS' AND outcome"
            yield f"{word} = ANY ({{}}::text[])", [str(outcome) for outcome in self.outcomes]
