"""Models of append-only tables refuse in Python, before anything is sent; the database refuses whatever remains."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from tortoise.expressions import F
from tortoise.models import Model
from tortoise.queryset import QuerySet

from tests.fixtures import records
from tests.fixtures.cluster import Cluster, connect
from tests.fixtures.records import BUILDERS
from tests.fixtures.trail import OPERATOR
from tests.fixtures.wire import Wire, wired
from trust_models import models, transaction
from trust_models.enums import ActorType, Outcome
from trust_models.errors import ImmutableRecord, PermissionDenied
from trust_models.models import (
    AuditCheckpoint,
    AuditLog,
    LabVersion,
    Lesson,
    LessonVersion,
    ProofArtifact,
    VerificationAttempt,
)
from trust_models.models.append_only import AppendOnly

APPEND_ONLY: list[type[Model]] = [
    LessonVersion,
    LabVersion,
    VerificationAttempt,
    ProofArtifact,
    AuditLog,
    AuditCheckpoint,
]

Attempt = Callable[[Any, Any], Awaitable[Any]]


async def _save(_model: type[Model], record: Any) -> None:
    record.created_at = None
    await record.save()


ROUTES: dict[str, Attempt] = {
    "save": _save,
    "save of some fields": lambda _, record: record.save(update_fields=["created_at"]),
    "save, forced": lambda _, record: record.save(force_update=True),
    "delete": lambda _, record: record.delete(),
    "update of all": lambda model, _: model.all().update(id=None),
    "update of some": lambda model, record: model.filter(pk=record.pk).update(created_at=None),
    "update, computed": lambda model, record: model.filter(pk=record.pk).order_by("id").update(id=F("id")),
    "update of a cut": lambda model, _: model.all().limit(1).offset(0).update(id=None),
    "delete of all": lambda model, _: model.all().delete(),
    "delete of some": lambda model, record: model.filter(pk=record.pk).exclude(pk=None).delete(),
    "delete of one": lambda model, record: model.get(pk=record.pk).delete(),
    "delete of the first": lambda model, _: model.first().delete(),
    "bulk_update": lambda model, record: model.bulk_update([record], fields=["created_at"]),
    "bulk_update of a query": lambda model, record: model.all().bulk_update([record], fields=["created_at"]),
    "bulk_create that updates": lambda model, record: model.bulk_create(
        [record], update_fields=["created_at"], on_conflict=["id"]
    ),
    "update_or_create": lambda model, record: model.update_or_create(defaults={"created_at": None}, pk=record.pk),
    "on a connection": lambda model, _: model.all().using_db(None).delete(),
}


def test_the_list_is_complete() -> None:
    named = [getattr(models, name) for name in models.__all__]
    assert {model for model in named if issubclass(model, AppendOnly)} == set(APPEND_ONLY)


@pytest.fixture(scope="module")
async def wire(cluster: Cluster) -> AsyncIterator[Wire]:
    """The package, opened along a wire on a database with a record in each table."""
    async with cluster.clone() as name:
        connection = await connect(cluster.url("owner", name))
        for build in BUILDERS.values():
            await build(connection)
        await connection.close()
        async with wired(cluster, name) as wire:
            yield wire


@pytest.mark.parametrize("model", APPEND_ONLY, ids=lambda model: model.__name__)
@pytest.mark.parametrize("route", ROUTES)
async def test_no_route_sends_anything(wire: Wire, model: type[Model], route: str) -> None:
    record = await model.all().first()
    assert record is not None
    with wire.recording() as passed, pytest.raises(ImmutableRecord) as caught:
        await ROUTES[route](model, record)
    assert passed.statements == []
    assert caught.value.sqlstate == "23T01"
    assert caught.value.table == model._meta.db_table
    assert str(caught.value).endswith("are immutable. Insert a new record that corrects the old one.")


async def test_a_refusal_in_python_spoils_no_transaction(wire: Wire) -> None:
    with wire.recording() as passed:
        async with transaction():
            version = await LessonVersion.all().first()
            assert version is not None
            with pytest.raises(ImmutableRecord):
                await version.delete()
            assert await LessonVersion.filter(id=version.id).exists()
    assert passed.statements[-1] == "COMMIT"


@pytest.mark.usefixtures("wire")
async def test_records_of_a_parent_are_refused_as_well() -> None:
    lesson = await Lesson.all().first()
    assert lesson is not None
    reverse = [name for name in lesson._meta.backward_fk_fields if "version" in name]
    for name in reverse:
        with pytest.raises(ImmutableRecord):
            await getattr(lesson, name).all().delete()
        with pytest.raises(ImmutableRecord):
            await getattr(lesson, name).filter(version=1).update(version=2)


@pytest.mark.usefixtures("wire")
async def test_what_goes_past_the_model_is_refused_by_the_database() -> None:
    for model in APPEND_ONLY:
        with pytest.raises(PermissionDenied):
            await QuerySet(model).delete()
        with pytest.raises(PermissionDenied):
            await model.raw(f'DELETE FROM "{model._meta.db_table}"')  # noqa: S608


@pytest.mark.usefixtures("wire")
async def test_inserting_and_reading_are_what_they_are_elsewhere() -> None:
    lesson = await Lesson.create(slug="append-only", title="x", difficulty="BEGINNER")
    first = await LessonVersion.create(lesson_id=lesson.id, content={"a": 1})
    assert (first.version, len(first.content_sha256)) == (1, 64)
    second = LessonVersion(lesson_id=lesson.id, content={"a": 2})
    await second.save()
    assert second.version == 2
    assert await LessonVersion.get_or_create(lesson_id=lesson.id, version=2) == (second, False)
    made, created = await LessonVersion.get_or_create(
        lesson_id=lesson.id, content_sha256="0" * 64, defaults={"content": {"a": 3}}
    )
    assert (made.version, created) == (3, True)
    await LessonVersion.bulk_create([LessonVersion(lesson_id=lesson.id, content={"a": number}) for number in (4, 5)])
    await LessonVersion.bulk_create([LessonVersion(lesson_id=lesson.id, content={})], ignore_conflicts=True)
    query = LessonVersion.filter(lesson_id=lesson.id)
    assert [version.version for version in await query.order_by("version")] == [1, 2, 3, 4, 5, 6]
    assert await query.count() == 6
    assert [version.version for version in await query.filter(version__gt=4).exclude(version=6)] == [5]
    await first.refresh_from_db(fields=["content"])
    assert await LessonVersion.in_bulk([first.id], "id") == {first.id: first}


@pytest.mark.usefixtures("wire")
async def test_an_event_can_be_inserted_by_the_orm() -> None:
    event = await AuditLog.create(
        actor_type=ActorType.SERVICE,
        actor_id=OPERATOR.id,
        action="test.orm",
        outcome=Outcome.SUCCESS,
        entity_type="test",
    )
    assert event.id > 0
    assert event.tx_id > 0
    assert event.created_at is not None


async def test_models_keep_managers_of_their_own(wire: Wire) -> None:
    """A manager that classes share knows the last of them alone."""
    for model in APPEND_ONLY:
        with wire.recording() as passed:
            await model.all()
        # What an earlier test was refused may be on its way to the log along the same wire.
        assert any(f'FROM "{model._meta.db_table}"' in statement for statement in passed.statements)
    assert type(Lesson.all()) is QuerySet
    assert records.BUILDERS.keys() >= {model._meta.db_table for model in APPEND_ONLY}
