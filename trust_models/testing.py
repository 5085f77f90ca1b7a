"""For the tests of services: what an audit log must say, told by what it says."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from tortoise.models import Model

from trust_models.audit import Actor, Entity, EventFilter
from trust_models.audit.operation_tree import is_captured
from trust_models.enums import Outcome
from trust_models.models import AuditLog
from trust_models.repositories import AuditLogRepository

__all__ = ["Recording", "assert_audited", "exactly_audited", "recording"]

_NEAREST = 10
_log = AuditLogRepository()


async def assert_audited(
    action: str, entity: Entity | Model | None = None, *, outcome: Outcome = Outcome.SUCCESS, actor: Actor | None = None
) -> AuditLog:
    """Return the newest event of an action that ended so, on that entity and by that actor if they are given.

    Raises `AssertionError`, which lists the newest events of the entity and of the action, when there is none.
    """
    about = None if entity is None else entity if isinstance(entity, Entity) else Entity.of(entity)
    wanted = EventFilter(action=action, outcomes=(outcome,), entity=about)
    if actor is not None:
        wanted = replace(wanted, actor_type=actor.type, actor_id=actor.id, on_behalf_of=actor.on_behalf_of)
    found = (await _log.newest(wanted, limit=1)).items
    if found:
        return found[0]
    near = [EventFilter(action=action)] + ([] if about is None else [EventFilter(entity=about)])
    events = {one.id: one for where in near for one in (await _log.newest(where, limit=_NEAREST)).items}
    raise AssertionError(
        f"There is no event {outcome} of {action}{f' on {_named(about.type, about.id)}' if about else ''}"
        f"{f' by {_named(actor.type, actor.id)}' if actor else ''}. {_listed(list(events.values()))}"
    )


@dataclass
class Recording:
    """The events of a block, in the order of their numbers; filled when the block has ended."""

    events: list[AuditLog] = field(default_factory=list)

    @property
    def operations(self) -> list[AuditLog]:
        """The events that operations wrote; without the changes that triggers captured."""
        return [event for event in self.events if not is_captured(event)]

    @property
    def actions(self) -> list[str]:
        """What was done: the actions of `operations`."""
        return [event.action for event in self.operations]


@asynccontextmanager
async def recording() -> AsyncIterator[Recording]:
    """Collect the events that are written during the block, whoever writes them, also when it raises."""
    last = await _log.newest(limit=1)
    recorded = Recording()
    try:
        yield recorded
    finally:
        after = last.items[0].id if last.items else 0
        while True:
            page = await _log.page(after=after, limit=1000)
            recorded.events += page.items
            if page.after is None:
                break
            after = page.after


@asynccontextmanager
async def exactly_audited(*actions: str) -> AsyncIterator[Recording]:
    """Assert that the operations of the block are these, in this order, and no other; whatever their outcome.

    Raises `AssertionError`, which lists the events of the block. An error of the block goes on as it is.
    """
    async with recording() as recorded:
        yield recorded
    if recorded.actions != [*actions]:
        raise AssertionError(f"Not exactly {', '.join(actions) or 'nothing'}. {_listed(recorded.operations)}")


def _listed(events: Sequence[AuditLog]) -> str:
    if not events:
        return "No event comes near."
    lines = (
        f"  {one.id} {one.action} {one.outcome}{f' {one.reason_code}' if one.reason_code else ''}"
        f" on {_named(one.entity_type, one.entity_id)} by {_named(one.actor_type, one.actor_id)}"
        for one in sorted(events, key=lambda one: one.id)
    )
    return "\n".join(["There are:", *lines])


def _named(kind: str, key: str | None) -> str:
    return kind if key is None else f"{kind} {key}"
