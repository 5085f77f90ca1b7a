"""How the events of an operation hang together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trust_models.models import AuditLog

MAX_LEVELS = 100
"""How deep a tree is at most; nobody nests operations that far, but events can say so."""


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
    """Return the events as trees. What a trigger wrote hangs below its operation; in the order of their numbers.

    Every event is in one of them: where operations name each other in a circle, or beyond a hundred levels, each
    stands by itself.
    """
    heads = {_operation(one): one for one in events if _operation(one) and not is_captured(one)}
    above = {
        one.id: found for one in events if (found := heads.get(_operation(one) if is_captured(one) else _parent(one)))
    }
    below = defaultdict[int | None, list[AuditLog]](list)
    for one in events:
        below[above[one.id].id if _ends(one, above) else None].append(one)

    def nodes(parent: int | None) -> tuple[Node, ...]:
        return tuple(Node(one, nodes(one.id)) for one in below[parent])

    return list(nodes(None))


def _ends(event: AuditLog, above: Mapping[int, AuditLog]) -> bool:
    """Tell whether an event hangs below another one, and somewhere on the way up there is a first one."""
    if event.id not in above:
        return False
    for _ in range(MAX_LEVELS):
        event = above[event.id]
        if event.id not in above:
            return True
    return False


def is_captured(event: AuditLog) -> bool:
    """Tell whether a trigger wrote the event."""
    return "captured" in event.context


def text_of(event: AuditLog, key: str) -> str | None:
    """Return a text of an event's context; None where it is missing, empty, or no text: anybody may write anything."""
    value = event.context.get(key)
    return value if isinstance(value, str) and value else None


def _operation(event: AuditLog) -> str | None:
    return text_of(event, "operation_id")


def _parent(event: AuditLog) -> str | None:
    return text_of(event, "parent_operation_id")


def _names(event: AuditLog) -> set[str]:
    return {name for name in (_operation(event), _parent(event)) if name is not None}
