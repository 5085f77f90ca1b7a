"""The statements that look for events."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from trust_models.audit import EventFilter
from trust_models.sql import load


@dataclass(frozen=True, slots=True)
class EventQuery:
    """What is looked for, from which number on and up to which, and in which order."""

    where: EventFilter
    order: Literal["ASC", "DESC"]
    first: int | None = None
    end: int | None = None

    def page(self, after: int | None, limit: int) -> tuple[Any, ...]:
        """Return the statement for the events that follow a number in this order, and its parameters."""
        conditions = [*self.where.conditions()]
        if after is not None:
            conditions.append(("id > {}" if self.order == "ASC" else "id < {}", after))
        if self.first is not None:
            conditions.append(("id >= {}", self.first))
        if self.end is not None:
            conditions.append(("id < {}", self.end))
        text = _where(conditions, start=2)
        return (
            f"SELECT * FROM public.audit_logs WHERE {text} ORDER BY id {self.order} LIMIT $1",  # noqa: S608
            limit,
            *_values(conditions),
        )

    def committed(self, transaction_id: int, event_id: int, limit: int) -> tuple[Any, ...]:
        """Return the statement for events after a place, of transactions that are all over, and its parameters.

        Its rows tell the place that is reached as well; where no event is found, one row tells nothing else.
        """
        conditions = [*self.where.conditions()]
        text = f"{load('queries/committed_events.sql')} AND {_where(conditions, start=4)} ORDER BY tx_id, id"
        return text, transaction_id, event_id, limit, *_values(conditions)


def _where(conditions: Iterable[tuple[str, Any]], *, start: int) -> str:
    texts = [condition.format(f"${number}") for number, (condition, _) in enumerate(conditions, start=start)]
    return " AND ".join(texts) or "true"


def _values(conditions: Iterable[tuple[str, Any]]) -> list[Any]:
    return [value for _, value in conditions]
