"""Append-only models, without a database: what they refuse, they refuse before they look for one."""

from collections.abc import Callable
from typing import Any

import pytest
from tortoise.models import Model

from trust_models import models
from trust_models.errors import ImmutableRecord, IntegrityViolation
from trust_models.models.append_only import AppendOnly, AppendOnlyQuerySet

APPEND_ONLY: list[type[Model]] = [
    model for model in (getattr(models, name) for name in models.__all__) if issubclass(model, AppendOnly)
]
OTHERS: list[type[Model]] = [
    model for model in (getattr(models, name) for name in models.__all__) if not issubclass(model, AppendOnly)
]

each = pytest.mark.parametrize("model", APPEND_ONLY, ids=lambda model: model.__name__)


def stored(model: type[Model]) -> Any:
    """Return a record as one that came from the database."""
    record: Any = model()
    record._saved_in_db = True
    return record


def test_the_tables_of_evidence_are_append_only() -> None:
    assert sorted(model._meta.db_table for model in APPEND_ONLY) == [
        "audit_checkpoints",
        "audit_logs",
        "lab_versions",
        "lesson_versions",
        "proof_artifacts",
        "verification_attempts",
    ]


@each
async def test_a_record_cannot_be_saved_again_nor_deleted(model: type[Model]) -> None:
    record = stored(model)
    for call in (
        record.save(),
        record.save(update_fields=["created_at"]),
        record.save(force_update=True),
        record.delete(),
        model().save(force_update=True),
        model().save(update_fields=[]),
    ):
        with pytest.raises(ImmutableRecord):
            await call


@each
@pytest.mark.parametrize(
    "change",
    [
        lambda query: query.update(created_at=None),
        lambda query: query.delete(),
        lambda query: query.bulk_update([], fields=["created_at"]),
        lambda query: query.bulk_create([], update_fields=["created_at"], on_conflict=["id"]),
        lambda query: query.bulk_create([], on_conflict=["id"]),
    ],
    ids=["update", "delete", "bulk_update", "upsert", "upsert of nothing"],
)
def test_a_query_cannot_change_records(model: type[Model], change: Callable[[Any], Any]) -> None:
    with pytest.raises(ImmutableRecord):
        change(AppendOnlyQuerySet(model))


@each
def test_each_model_has_queries_of_its_own(model: type[Model]) -> None:
    query = model._meta.manager.get_queryset()
    assert type(query) is AppendOnlyQuerySet
    assert query.model is model


@each
def test_the_refusal_says_what_and_what_to_do(model: type[Model]) -> None:
    table = model._meta.db_table
    with pytest.raises(IntegrityViolation) as caught:
        AppendOnlyQuerySet(model).delete()
    error = caught.value
    assert str(error) == (
        f"DELETE is refused: the records of {table} are immutable. Insert a new record that corrects the old one."
    )
    assert (error.sqlstate, error.table) == ("23T01", table)


@pytest.mark.parametrize("model", OTHERS, ids=lambda model: model.__name__)
def test_other_models_are_as_ever(model: type[Model]) -> None:
    assert not isinstance(model._meta.manager.get_queryset(), AppendOnlyQuerySet)


def test_a_class_below_one_that_is_append_only_is_so_as_well() -> None:
    class Note(AppendOnly):
        """A table that somebody adds."""

        class Meta(Model.Meta):
            """The table."""

            table = "notes"

    query = Note._meta.manager.get_queryset()
    assert type(query) is AppendOnlyQuerySet
    assert query.model is Note
    assert models.AuditLog._meta.manager.get_queryset().model is models.AuditLog
