"""What the database holds of one record: as it is now, and each change that was captured."""

import json
from decimal import Decimal
from typing import Any
from uuid import UUID

from trust_models.audit import Entity
from trust_models.audit.captured import BY_KIND, IGNORED
from trust_models.audit.entity_state import Change, ChangeKind
from trust_models.db.database import current_client
from trust_models.sql import load


async def current_values(entity: Entity) -> dict[str, Any] | None:
    """Return the columns of a record as it is now, but for those that are never told; None when there is none."""
    captured = BY_KIND[entity.type]
    try:
        key = UUID(entity.id)
    except (TypeError, ValueError):  # no record has such a key
        return None
    table, hidden = captured.table, [*captured.masked, *IGNORED]
    statement = f'SELECT to_jsonb(record) - $2::text[] AS columns FROM public."{table}" AS record WHERE id = $1'  # noqa: S608
    rows = await current_client().fetch(statement, key, hidden)
    return _decoded(rows[0]["columns"]) if rows else None


async def changes_of(entity: Entity) -> list[Change]:
    """Return every captured change of a record, in the order of their numbers."""
    truncated = f"{entity.type}.{ChangeKind.TRUNCATED.value}"
    rows = await current_client().fetch(load("queries/captured_changes.sql"), entity.type, entity.id, truncated)
    return [_change(row, hidden=BY_KIND[entity.type].masked | IGNORED) for row in rows]


def _decoded(text: str) -> dict[str, Any]:
    """Decode what the database says in JSON; a number with a fraction stays exact."""
    return dict(json.loads(text, parse_float=Decimal))


def _change(row: dict[str, Any], *, hidden: frozenset[str]) -> Change:
    metadata = _decoded(row["metadata"])
    before, after = (
        {name: value for name, value in metadata.get(side, {}).items() if name not in hidden}
        for side in ("before", "after")
    )
    return Change(ChangeKind(row["action"].rpartition(".")[2]), row["created_at"], before, after)
