"""How the events of an operation hang together."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trust_models.models import AuditLog


@dataclass(frozen=True, slots=True)
class Node:
    """An event and what hangs below it: what its operation changed, and the operations inside of it."""

    event: AuditLog
    below: tuple["Node", ...]


def family_of(event: AuditLog, candidates: Iterable[AuditLog]) -> list[AuditLog]:
    """Return the candidates of the same outermost operation as `event`, each once, in the order of their numbers.

    An event of no operation is alone.
    """
    events = {one.id: one for one in (event, *candidates)}
    family = {_operation(event), _parent(event)} - {None}
    while True:
        related = {name for one in events.values() if family & (names := _names(one)) for name in names}
        if related <= family:
            break
        family |= related
    return [events[number] for number in sorted(events) if number == event.id or family & _names(events[number])]


def forest_of(events: Sequence[AuditLog]) -> list[Node]:
    """Return the events as trees. What a trigger wrote hangs below its operation; in the order of their numbers."""
    heads = {_operation(one): one for one in events if _operation(one) and not is_captured(one)}

    def above(one: AuditLog) -> AuditLog | None:
        return heads.get(_operation(one) if is_captured(one) else _parent(one))

    def nodes(parent: AuditLog | None) -> Iterator[Node]:
        for one in events:
            if above(one) is parent:
                yield Node(one, tuple(nodes(one)))

    return list(nodes(None))


def is_captured(event: AuditLog) -> bool:
    """Tell whether a trigger wrote the event."""
    return "captured" in event.context


def _operation(event: AuditLog) -> str | None:
    return event.context.get("operation_id")


def _parent(event: AuditLog) -> str | None:
    return event.context.get("parent_operation_id")


def _names(event: AuditLog) -> set[str]:
    return {name for name in (_operation(event), _parent(event)) if name is not None}
