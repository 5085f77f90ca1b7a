"""Models of append-only tables: they offer INSERT and SELECT, nothing else.

This is a courtesy that fails early and without a round trip. The rule itself is a trigger in the database, which
holds for every other path as well.
"""

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.manager import Manager
from tortoise.models import Model
from tortoise.queryset import BulkCreateQuery, QuerySet

from trust_models.errors import ImmutableRecord

M = TypeVar("M", bound=Model)


def _refuse(model: type[Model], operation: str) -> NoReturn:
    raise ImmutableRecord(
        f"{operation} is refused: the records of {model._meta.db_table} are immutable.",
        table=model._meta.db_table,
        hint="Insert a new record that corrects the old one.",
    )


class AppendOnlyQuerySet(QuerySet[M]):
    """A query set without update and delete."""

    __slots__ = ()

    def update(self, **_values: Any) -> NoReturn:
        """Raise `ImmutableRecord`."""
        _refuse(self.model, "UPDATE")

    def delete(self) -> NoReturn:
        """Raise `ImmutableRecord`."""
        _refuse(self.model, "DELETE")

    def bulk_update(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Raise `ImmutableRecord`."""
        _refuse(self.model, "UPDATE")

    def bulk_create(
        self,
        objects: Iterable[M],
        batch_size: int | None = None,
        ignore_conflicts: bool = False,  # noqa: FBT001, FBT002 - the signature is Tortoise's
        update_fields: Iterable[str] | None = None,
        on_conflict: Iterable[str] | None = None,
    ) -> BulkCreateQuery[M]:
        """Insert `objects`; an upsert raises `ImmutableRecord`."""
        if update_fields or on_conflict:
            _refuse(self.model, "UPDATE")
        return super().bulk_create(objects, batch_size, ignore_conflicts)


class _AppendOnlyManager(Manager):
    _model: type[Model]

    def get_queryset(self) -> AppendOnlyQuerySet[Model]:
        return AppendOnlyQuerySet(self._model)


class AppendOnly(Model):
    """Base of the models of append-only tables."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # A fresh one per class: a manager in an inherited Meta is shared, and knows the last class only.
        cls._meta.manager = _AppendOnlyManager()

    async def save(
        self,
        using_db: BaseDBAsyncClient | None = None,
        update_fields: Iterable[str] | None = None,
        force_create: bool = False,  # noqa: FBT001, FBT002, ARG002 - the signature is Tortoise's
        force_update: bool = False,  # noqa: FBT001, FBT002 - the signature is Tortoise's
    ) -> None:
        """Insert a new record; raise `ImmutableRecord` for one that is stored already."""
        if force_update or update_fields is not None or self._saved_in_db:
            _refuse(type(self), "UPDATE")
        await super().save(using_db=using_db, force_create=True)

    @classmethod
    async def update_or_create(cls, *_arguments: Any, **_options: Any) -> NoReturn:
        """Raise `ImmutableRecord`."""
        _refuse(cls, "UPDATE")

    async def delete(self, using_db: BaseDBAsyncClient | None = None) -> NoReturn:  # noqa: ARG002 - Tortoise's
        """Raise `ImmutableRecord`."""
        _refuse(type(self), "DELETE")

    class Meta(Model.Meta):
        """No table of its own."""

        abstract = True
