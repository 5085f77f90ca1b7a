"""Settings that travel with a transaction: who acts and for which request.

They live in a `ContextVar`, so that they follow an `await` and a task, and reach PostgreSQL as
transaction-local settings (SET LOCAL) in the round trip of BEGIN. Behind a pooler in
transaction mode they are right for the same reason; they end with the transaction and never reach another.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from trust_models.db.literals import quoted

NAMES = ("trust.actor_type", "trust.actor_id", "trust.on_behalf_of", "trust.operation_id", "trust.context")
"""Every setting that triggers read."""

_EMPTY = {name: f"; SET LOCAL {name} = ''" for name in NAMES}
_NOTHING: Mapping[str, str] = {}
_settings: ContextVar[Mapping[str, str]] = ContextVar("trust_session_settings", default=_NOTHING)


def current_settings() -> Mapping[str, str]:
    """Return the settings that the next transaction of this task will carry."""
    return _settings.get()


@contextmanager
def session_settings(settings: Mapping[str, str]) -> Iterator[None]:
    """Let the transactions that begin inside the block carry `settings`, and only those."""
    token = _settings.set(settings)
    try:
        yield
    finally:
        _settings.reset(token)


def begin_statement(always: Mapping[str, str], settings: Mapping[str, str]) -> str:
    """Return the BEGIN of a transaction in which `always` and `settings` hold, and no setting of who acts but these.

    What somebody has set for the whole session, with a SET of his own, would else be said of the next transaction too.
    """
    empty = "".join(statement for name, statement in _EMPTY.items() if name not in settings)
    return f"BEGIN{empty}{change_statement({}, {**always, **settings})}"


def change_statement(before: Mapping[str, str], after: Mapping[str, str]) -> str:
    """Return what to append to a BEGIN or a SAVEPOINT so that `after` holds in the transaction instead of `before`.

    Empty when the two are the same. PostgreSQL cannot forget a custom setting; one that no longer holds becomes empty.
    """
    changes = dict.fromkeys(before.keys() - after.keys(), "")
    changes |= {name: value for name, value in after.items() if before.get(name) != value}
    # SET, unlike set_config(), is no query: SET TRANSACTION may still follow.
    return "".join(f"; SET LOCAL {name} = {quoted(value)}" for name, value in changes.items())
