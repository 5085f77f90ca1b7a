"""What the database raises, on every way to it: the bare driver, the ORM, the package."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from tests.fixtures.bookkeeping import connected
from tests.fixtures.cluster import Cluster
from trust_models import Database, errors
from trust_models.db import sqlstates
from trust_models.db.database import current_client
from trust_models.errors import TrustError
from trust_models.models import FeatureFlag, Lesson, LessonVersion

OURS: list[tuple[str, type[asyncpg.PostgresError], type[TrustError]]] = [
    ("23T01", sqlstates.ImmutableRecordViolation, errors.ImmutableRecord),
    ("23T02", sqlstates.VersionOrderViolation, errors.VersionOutOfOrder),
    ("23T03", sqlstates.StateViolation, errors.StateNotAllowed),
    ("23T04", sqlstates.EvidenceViolation, errors.EvidenceMissing),
    ("23T05", sqlstates.ActorViolation, errors.ActorRequired),
    ("42T01", sqlstates.SchemaLockViolation, errors.SchemaLocked),
]

THEIRS: list[tuple[str, type[TrustError]]] = [
    ("23505", errors.AlreadyExists),
    ("23P01", errors.AlreadyExists),
    ("23503", errors.ReferenceBroken),
    ("23001", errors.ReferenceBroken),
    ("23502", errors.InvalidValue),
    ("23514", errors.InvalidValue),
    ("22001", errors.InvalidValue),
    ("22P02", errors.InvalidValue),
    ("23000", errors.IntegrityViolation),
    ("42501", errors.PermissionDenied),
    ("42601", errors.OperationRefused),
    ("P0001", errors.OperationRefused),
    ("XX000", errors.OperationRefused),
    ("40001", errors.SerializationConflict),
    ("40P01", errors.SerializationConflict),
    ("55P03", errors.TimedOut),
    ("57014", errors.TimedOut),
    ("08006", errors.DatabaseUnavailable),
    ("53300", errors.DatabaseUnavailable),
    ("57P03", errors.DatabaseUnavailable),
    ("28000", errors.DatabaseUnavailable),
]


@pytest.fixture(scope="module")
async def db(cluster: Cluster) -> AsyncIterator[Database]:
    """The package, opened on a database that this module shares: nothing but the last test writes.

    The tests raise in PL/pgSQL, which a service may not write otherwise.
    """
    async with cluster.clone() as name:
        async with connected(cluster.url("admin", name)) as admin:
            await admin.execute("GRANT USAGE ON LANGUAGE plpgsql TO PUBLIC")
        async with Database(cluster.settings(name)) as opened:
            yield opened


def raising(sqlstate: str) -> str:
    """Return a statement that raises, as a rule of the product would."""
    return (
        f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{sqlstate}', MESSAGE = 'the secret of the row.',"
        " HINT = 'Do this.', SCHEMA = 'public', TABLE = 'lessons', CONSTRAINT = 'lessons_rule'; END $$"
    )


def test_the_list_is_complete() -> None:
    registered = {
        name
        for name, kind in vars(sqlstates).items()
        if isinstance(kind, type) and kind.__module__ == sqlstates.__name__
    }
    assert {raised.__name__ for _, raised, _ in OURS} == registered


@pytest.mark.parametrize(("sqlstate", "raised", "_ours"), OURS, ids=[state for state, _, _ in OURS])
async def test_the_bare_driver_raises_the_class(
    owner: asyncpg.Connection, sqlstate: str, raised: type[asyncpg.PostgresError], _ours: type[TrustError]
) -> None:
    with pytest.raises(raised) as caught:
        await owner.execute(raising(sqlstate))
    assert type(caught.value) is raised
    assert caught.value.sqlstate == sqlstate


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(("sqlstate", "raised", "ours"), OURS, ids=[state for state, _, _ in OURS])
async def test_the_package_raises_its_own_class_with_the_rule_and_the_mend(
    sqlstate: str, raised: type[asyncpg.PostgresError], ours: type[TrustError]
) -> None:
    with pytest.raises(TrustError) as caught:
        await current_client().execute_script(raising(sqlstate))
    error = caught.value
    assert type(error) is ours
    assert (error.sqlstate, error.constraint, error.table) == (sqlstate, "lessons_rule", "lessons")
    assert str(error) == "The secret of the row. Do this.", "our own rules say what they say"
    assert type(error.__cause__) is raised
    assert isinstance(error, OperationalError if sqlstate.startswith("42") else IntegrityError)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(("sqlstate", "ours"), THEIRS, ids=[state for state, _ in THEIRS])
async def test_the_package_raises_a_class_for_each_of_postgresql_s(sqlstate: str, ours: type[TrustError]) -> None:
    with pytest.raises(TrustError) as caught:
        await current_client().execute_script(raising(sqlstate))
    error = caught.value
    assert type(error) is ours
    assert (error.sqlstate, error.constraint, error.table) == (sqlstate, "lessons_rule", "lessons")
    assert ("secret" in str(error)) == (sqlstate[:2] not in {"22", "23"})
    assert isinstance(error.__cause__, asyncpg.PostgresError)


@pytest.mark.usefixtures("db")
async def test_every_way_through_the_orm_raises_ours() -> None:
    lesson = await Lesson.create(slug="one", title="One", difficulty="BEGINNER")
    version = await LessonVersion.create(lesson_id=lesson.id, content={})
    with pytest.raises(errors.AlreadyExists):
        await Lesson.create(slug="one", title="One", difficulty="BEGINNER")
    with pytest.raises(errors.InvalidValue):
        await Lesson.filter(id=lesson.id).update(title="")
    with pytest.raises(errors.PermissionDenied):
        await Lesson.filter(id=lesson.id).delete()
    with pytest.raises(errors.PermissionDenied):
        await FeatureFlag.raw("DELETE FROM lesson_versions")
    with pytest.raises(errors.OperationRefused):
        await FeatureFlag.raw("SELECT nonsense FROM nowhere")
    client = current_client()
    with pytest.raises(errors.PermissionDenied):
        await client.execute_query("UPDATE lesson_versions SET version = 7 WHERE id = $1", [version.id])
    with pytest.raises(errors.InvalidValue):
        await client.execute_query_dict("SELECT 1 / 0")
    with pytest.raises(errors.AlreadyExists):
        await client.execute_insert("INSERT INTO feature_flags (key) VALUES ('one'), ('one')", [])
    with pytest.raises(errors.AlreadyExists):
        await client.execute_many("INSERT INTO feature_flags (key) VALUES ($1)", [("one",), ("one",)])
    with pytest.raises(errors.OperationRefused):
        await client.execute_script("nonsense")
    with pytest.raises(errors.InvalidValue):
        await client.fetch("SELECT $1::uuid", "no uuid")
