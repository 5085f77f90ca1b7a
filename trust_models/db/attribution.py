"""Which statements tell the database who acts although they stand outside of a transaction."""

from trust_models.db.refused_statement import operation_and_table
from trust_models.db.session_settings import current_settings

_CHANGES = frozenset({"insert", "update", "delete", "merge", "truncate"})
_OF_NOBODY = frozenset({"auth_sessions", "audit_logs"})
"""Tables of which nothing is recorded that the statement does not say itself; they are written with every request."""


def needs_settings(statement: str) -> bool:
    """Return whether a statement is a change that is recorded, made by somebody of whom this task knows."""
    if not current_settings() or statement[:6].upper() == "SELECT":
        return False
    operation, table = operation_and_table(statement)
    return operation in _CHANGES and table not in _OF_NOBODY
