"""What a record was at a moment, made anew from the events that were captured of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from pydantic import TypeAdapter

from trust_models.audit.event import Entity

Values = Mapping[str, Any]
_TIME = TypeAdapter(datetime)


class ChangeKind(Enum):
    """What was done to a record."""

    INSERTED = "inserted"
    UPDATED = "updated"
    DELETED = "deleted"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Change:
    """One captured event: what a record's columns were before and after it."""

    kind: ChangeKind
    at: datetime
    before: Values = field(default_factory=dict)
    after: Values = field(default_factory=dict)

    @property
    def ends(self) -> bool:
        """Whether the record, under its key, was gone afterwards."""
        if self.kind is ChangeKind.UPDATED:
            return "id" in self.after
        return self.kind is not ChangeKind.INSERTED


@dataclass(frozen=True, slots=True)
class EntityState:
    """What a record was at a moment: its columns as JSON has them, and the names of those that are never told.

    A number is an `int`, or a `Decimal` where it has a fraction: as exact as in the table.
    """

    entity: Entity
    moment: datetime
    values: Values
    masked: tuple[str, ...]


def values_at(changes: Sequence[Change], moment: datetime, current: Values | None) -> Values | None:
    """Return the columns of a record at a moment; None when it did not exist then.

    `changes` are all that were captured of it, in the order of their numbers; `current` is the record as it is now,
    None if there is none. What nobody captured is taken from the first later change that tells of it, or else from
    the record as it is now. A column that neither tells of is left out.
    """
    earlier = [change for change in changes if change.at <= moment]
    later = [change for change in changes if change.at > moment]
    if not _existed(earlier, later, current):
        return None
    life = [*_since_the_last_end(earlier)]
    ahead = [*_until_the_next_end(later)]
    sources = [*(change.after for change in reversed(life)), *(change.before for change in ahead)]
    if current is not None and not any(change.ends for change in later):
        sources.append(current)
    values = _first_of_each(sources)
    born = values.get("created_at")
    return None if not life and born is not None and _TIME.validate_python(born) > moment else values


def _existed(earlier: Sequence[Change], later: Sequence[Change], current: Values | None) -> bool:
    if earlier:
        return not earlier[-1].ends
    if later:
        # A record that was there before the capture; of one that only a TRUNCATE could have ended nothing is known.
        return later[0].kind in (ChangeKind.UPDATED, ChangeKind.DELETED)
    return current is not None


def _since_the_last_end(changes: Sequence[Change]) -> Iterator[Change]:
    ends = [number for number, change in enumerate(changes) if change.ends]
    yield from changes[ends[-1] + 1 if ends else 0 :]


def _until_the_next_end(changes: Iterable[Change]) -> Iterator[Change]:
    for change in changes:
        yield change
        if change.ends:
            return


def _first_of_each(sources: Iterable[Values]) -> Values:
    values: dict[str, Any] = {}
    for source in sources:
        values = {**source, **values}
    return dict(sorted(values.items()))
