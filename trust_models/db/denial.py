"""One refusal that came through the package, and those of one transaction."""

import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trust_models.db.refused_statement import operation_and_table
from trust_models.db.session_settings import current_settings
from trust_models.errors import TrustError

MAX_UNSETTLED = 1000
"""How many one transaction keeps."""

RECORDED = frozenset({"23T01", "23T02", "23T03", "23T04", "23T05", "42T01", "42501"})
"""The product's own rules, and rights. That a key is taken or a value malformed is everyday life."""


@dataclass(frozen=True, slots=True)
class Denial:
    """One refusal: the rule or right, what it was about, and the settings of the task that met it."""

    sqlstate: str
    table: str
    operation: str
    constraint: str | None
    settings: Mapping[str, str]

    @classmethod
    def of(cls, error: TrustError, statement: str) -> "Denial | None":
        """Return the denial that `error` is, met by this task with `statement`; None when it is none."""
        if error.sqlstate not in RECORDED:
            return None
        operation, table = operation_and_table(statement)
        return cls(error.sqlstate, error.table or table, operation, error.constraint, current_settings())

    def as_arguments(self) -> tuple[str | None, ...]:
        """Return the arguments of `trust.record_denial`, in its order."""
        names = ("actor_type", "actor_id", "on_behalf_of", "operation_id", "context")
        said = (self.settings.get(f"trust.{name}") for name in names)
        return (self.sqlstate, self.table, self.operation, self.constraint, *said)


class Unsettled:
    """What one transaction was refused, until it is known who records it: an audited operation, or nobody."""

    def __init__(self) -> None:
        self._denials: deque[tuple[weakref.ref[TrustError], Denial]] = deque()

    def add(self, error: TrustError, denial: Denial) -> Denial | None:
        """Keep `denial` until the end of the transaction; beyond a thousand, return the oldest, to be let go."""
        self._denials.append((weakref.ref(error), denial))
        return self._denials.popleft()[1] if len(self._denials) > MAX_UNSETTLED else None

    def claim(self, error: BaseException | None) -> Denial | None:
        """Return the denial that `error` is, which the caller records from now on."""
        for number, (known, denial) in enumerate(self._denials):
            if error is not None and known() is error:
                del self._denials[number]
                return denial
        return None

    def release(self) -> Iterator[Denial]:
        """Let go of what nobody has claimed, and yield it."""
        while self._denials:
            yield self._denials.popleft()[1]
