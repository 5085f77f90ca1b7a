"""What the repositories share: one statement per change, typed records, pages by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tortoise.exceptions import FieldError, ValidationError
from tortoise.models import Model
from tortoise.queryset import QuerySet

from trust_models.audit.event import kind_of
from trust_models.db.database import current_client
from trust_models.errors import InvalidValue, NotFound

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some records in the order of their keys. `after` asks for the next page; None: there is none."""

    items: list[M]
    after: Any | None


async def get(model: type[M], key: Any) -> M:
    """Return the record with that primary key; raise `NotFound`."""
    return await found(model, model.filter(pk=key), f"the id {key}")


async def found(model: type[M], query: QuerySet[M], by: str) -> M:
    """Return the one record of `query`; raise `NotFound`, which says what was looked for by."""
    try:
        record = await query.first()
    except ValidationError:  # Tortoise's word for a value that no row can hold
        record = None
    if record is None:
        raise NotFound(f"There is no {_kind(model)} with {by}.", table=model._meta.db_table)
    return record


async def page(query: QuerySet[M], *, after: Any | None = None, limit: int = PAGE_SIZE) -> Page[M]:
    """Return the records of `query` whose primary key follows `after`, at most `limit` (1 to 1,000) of them.

    A key, unlike an offset, costs the same on every page, and no record is repeated or pushed off a page when others
    come or go. A record whose transaction commits late may have a key that lies before a page that was read already.
    """
    check_limit(limit)
    if after is not None:
        query = query.filter(id__gt=after)
    items = await query.order_by("id").limit(limit + 1)
    more = len(items) > limit
    return Page(items[:limit], items[limit - 1].pk if more else None)


def check_limit(limit: int) -> None:
    """Raise `ValueError` unless a page may have that many records."""
    if not 1 <= limit <= MAX_PAGE_SIZE:
        raise ValueError(f"limit must be from 1 to {MAX_PAGE_SIZE}, not {limit}")


async def insert(model: type[M], **values: Any) -> M:
    """Insert a record and return it as the database made it. Columns that are None are left to the database."""
    columns = _columns(model, given(**values))
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    statement = f'INSERT INTO public."{model._meta.db_table}" ({names}) VALUES ({marks}) RETURNING *'  # noqa: S608
    return (await fetch(model, statement, *columns.values()))[0]


async def update(model: type[M], key: Any, **values: Any) -> M:
    """Change the named columns of one record and return it as it is now; raise `NotFound`."""
    columns = _columns(model, values)
    if not columns:
        return await get(model, key)
    changes = ", ".join(f'"{name}" = ${number}' for number, name in enumerate(columns, start=2))
    statement = f'UPDATE public."{model._meta.db_table}" SET {changes} WHERE id = $1 RETURNING *'  # noqa: S608
    records = await fetch(model, statement, key, *columns.values())
    if not records:
        raise NotFound(f"There is no {_kind(model)} with the id {key}.", table=model._meta.db_table)
    return records[0]


def encoded(model: type[Model], name: str, values: Sequence[Any]) -> list[Any]:
    """Return what the driver takes for values of one column; raise `InvalidValue`."""
    return [_encoded(model, name, value) for value in values]


async def remove(model: type[Model], key: Any) -> None:
    """Delete one record; raise `NotFound`."""
    statement = f'DELETE FROM public."{model._meta.db_table}" WHERE id = $1 RETURNING id'  # noqa: S608
    if not await current_client().fetch(statement, key):
        raise NotFound(f"There is no {_kind(model)} with the id {key}.", table=model._meta.db_table)


def given(**values: Any) -> dict[str, Any]:
    """Return the values that are not None, by name."""
    return {name: value for name, value in values.items() if value is not None}


async def fetch(model: type[M], statement: str, *arguments: Any) -> list[M]:
    """Run a statement that returns whole rows of a table, and return them as records."""
    rows: Sequence[Mapping[str, Any]] = await current_client().fetch(statement, *arguments)
    return [model._init_from_db(**row) for row in rows]


def _columns(model: type[Model], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return column names and what the driver takes for them. Names come from the model, never from a caller."""
    columns = model._meta.fields_db_projection
    return {columns[name]: None if value is None else _encoded(model, name, value) for name, value in values.items()}


def _encoded(model: type[Model], name: str, value: Any) -> Any:
    meta = model._meta
    try:
        return meta.fields_map[name].to_db_value(value, model)
    except (FieldError, ValidationError, TypeError, ValueError):
        column = f"{meta.db_table}.{meta.fields_db_projection[name]}"
    # Out here, because an error raised in a handler would carry the value along as its context.
    raise InvalidValue(f"The value does not have the form that the column demands ({column}).", table=meta.db_table)


def _kind(model: type[Model]) -> str:
    return kind_of(model).replace("_", " ")
