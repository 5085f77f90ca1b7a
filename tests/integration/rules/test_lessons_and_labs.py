"""lessons, lesson_versions, labs, lab_versions."""

# ruff: noqa: S608 - the names in statements are those of this file

import hashlib
from dataclasses import dataclass
from datetime import datetime, timezone
from uuid import UUID

import asyncpg
import pytest

from tests.fixtures import records
from tests.fixtures.records import Builder
from tests.fixtures.refusals import refused, still_referenced

EPOCH = datetime(2001, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Kind:
    """What lessons and labs have in common."""

    parent: str
    make: Builder
    versions: str
    publish: Builder
    key: str
    document: str


LESSONS = Kind("lessons", records.lesson, "lesson_versions", records.lesson_version, "lesson_id", "content")
LABS = Kind("labs", records.lab, "lab_versions", records.lab_version, "lab_id", "config")
each_kind = pytest.mark.parametrize("kind", [LESSONS, LABS], ids=["lessons", "labs"])

# What both have


@each_kind
@pytest.mark.parametrize("slug", ["a", "7", "first-steps", "c3-p0", "a" * 100])
async def test_a_slug_is_words_joined_by_hyphens(app_trial: asyncpg.Connection, kind: Kind, slug: str) -> None:
    assert (await kind.make(app_trial, slug=slug))["slug"] == slug


@each_kind
@pytest.mark.parametrize(
    "slug",
    ["", " ", "-", "-a", "a-", "a--b", "A", "First-Steps", "a_b", "a b", "a/b", "a.b", "é", "a\n", " a", "../a"],
)
async def test_another_slug_is_refused(app_trial: asyncpg.Connection, kind: Kind, slug: str) -> None:
    async with refused(app_trial, "23514", f"{kind.parent}_slug_ck"):
        await kind.make(app_trial, slug=slug)


@each_kind
async def test_a_slug_is_not_longer(app_trial: asyncpg.Connection, kind: Kind) -> None:
    async with refused(app_trial, "22001"):
        await kind.make(app_trial, slug="a" * 101)


@each_kind
async def test_a_slug_is_unique(app_trial: asyncpg.Connection, kind: Kind) -> None:
    await kind.make(app_trial, slug="taken")
    async with refused(app_trial, "23505", f"{kind.parent}_slug_key"):
        await kind.make(app_trial, slug="taken")


@each_kind
async def test_a_title_is_required(app_trial: asyncpg.Connection, kind: Kind) -> None:
    async with refused(app_trial, "23514", f"{kind.parent}_title_ck"):
        await kind.make(app_trial, title="")
    async with refused(app_trial, "23502"):
        await kind.make(app_trial, title=None)


@each_kind
@pytest.mark.parametrize("difficulty", ["BEGINNER", "INTERMEDIATE", "ADVANCED"])
async def test_a_difficulty_of_the_list_is_accepted(app_trial: asyncpg.Connection, kind: Kind, difficulty: str) -> None:
    assert (await kind.make(app_trial, difficulty=difficulty))["difficulty"] == difficulty


@each_kind
@pytest.mark.parametrize("difficulty", ["EXPERT", "beginner", ""])
async def test_another_difficulty_is_refused(app_trial: asyncpg.Connection, kind: Kind, difficulty: str) -> None:
    async with refused(app_trial, "23514", f"{kind.parent}_difficulty_ck"):
        await kind.make(app_trial, difficulty=difficulty)


@each_kind
@pytest.mark.parametrize("document", ["[]", "null", '"text"', "1", "true"])
async def test_a_document_is_an_object(app_trial: asyncpg.Connection, kind: Kind, document: str) -> None:
    async with refused(app_trial, "23514", f"{kind.parent}_{kind.document}_ck"):
        await kind.make(app_trial, **{kind.document: document})
    async with refused(app_trial, "23514", f"{kind.versions}_{kind.document}_ck"):
        await kind.publish(app_trial, **{kind.document: document})


@each_kind
async def test_the_document_of_a_version_is_required(app_trial: asyncpg.Connection, kind: Kind) -> None:
    assert (await kind.make(app_trial))[kind.document] == "{}"
    async with refused(app_trial, "23502"):
        await kind.publish(app_trial, **{kind.document: None})


@each_kind
async def test_a_parent_stays_with_its_versions(owner_trial: asyncpg.Connection, kind: Kind) -> None:
    version = await kind.publish(owner_trial)
    rule = f"{kind.versions}_{kind.key}_fkey"
    async with refused(owner_trial, still_referenced(owner_trial), rule):
        await owner_trial.execute(
            f"DELETE FROM {kind.parent} WHERE id = $1",
            version[kind.key],
        )
    async with refused(owner_trial, "23503", rule):
        await owner_trial.execute(
            f"UPDATE {kind.parent} SET id = trust.uuid_v7() WHERE id = $1",
            version[kind.key],
        )


# Lessons


@pytest.mark.parametrize("status", ["ARCHIVED", "draft", ""])
async def test_another_lesson_status_is_refused(app_trial: asyncpg.Connection, status: str) -> None:
    lesson = await records.lesson(app_trial)
    async with refused(app_trial, "23514", "lessons_status_ck"):
        await app_trial.execute("UPDATE lessons SET status = $1 WHERE id = $2", status, lesson["id"])


async def test_the_first_publication_is_dated_by_the_database(app_trial: asyncpg.Connection) -> None:
    lesson = await records.lesson(app_trial)
    assert (lesson["status"], lesson["published_at"]) == ("DRAFT", None)

    async def set_status(status: str) -> asyncpg.Record | None:
        return await app_trial.fetchrow(
            "UPDATE lessons SET status = $1 WHERE id = $2"
            " RETURNING published_at, published_at BETWEEN statement_timestamp() AND clock_timestamp() AS now",
            status,
            lesson["id"],
        )

    published = await set_status("PUBLISHED")
    assert published is not None
    assert published["now"]
    for status in ("DRAFT", "PUBLISHED"):
        again = await set_status(status)
        assert again is not None
        assert again["published_at"] == published["published_at"]


async def test_a_lesson_that_begins_published_is_dated(owner_trial: asyncpg.Connection) -> None:
    lesson = await records.lesson(owner_trial, status="PUBLISHED")
    assert lesson["published_at"] >= lesson["created_at"]
    for chosen in (None, EPOCH):
        again = await owner_trial.fetchval(
            "UPDATE lessons SET published_at = $1 WHERE id = $2 RETURNING published_at", chosen, lesson["id"]
        )
        assert again == lesson["published_at"]


async def test_when_a_lesson_was_published_cannot_be_chosen(owner_trial: asyncpg.Connection) -> None:
    lesson = await records.lesson(owner_trial, status="PUBLISHED", published_at=EPOCH)
    assert lesson["published_at"] >= lesson["created_at"]
    draft = await records.lesson(owner_trial, published_at=EPOCH)
    assert draft["published_at"] is None
    update = "UPDATE lessons SET status = 'PUBLISHED', published_at = $1 WHERE id = $2 RETURNING published_at"
    assert await owner_trial.fetchval(update, EPOCH, draft["id"]) >= draft["created_at"]


# Labs


@pytest.mark.parametrize("minutes", [0, -1, -(2**31)])
async def test_a_lab_takes_time(app_trial: asyncpg.Connection, minutes: int) -> None:
    async with refused(app_trial, "23514", "labs_estimated_minutes_ck"):
        await records.lab(app_trial, estimated_minutes=minutes)


async def test_the_minutes_of_a_lab_are_required(app_trial: asyncpg.Connection) -> None:
    assert (await records.lab(app_trial, estimated_minutes=1))["estimated_minutes"] == 1
    async with refused(app_trial, "23502"):
        await records.lab(app_trial, estimated_minutes=None)


# Versions


@each_kind
async def test_versions_count_from_one(app_trial: asyncpg.Connection, kind: Kind) -> None:
    first = await kind.publish(app_trial)
    other = await kind.publish(app_trial)
    key = {kind.key: first[kind.key]}
    versions = [
        first["version"],
        (await kind.publish(app_trial, **key))["version"],
        (await kind.publish(app_trial, **key, version=None))["version"],
        (await kind.publish(app_trial, **key, version=4))["version"],
    ]
    assert versions == [1, 2, 3, 4]
    assert other["version"] == 1


@each_kind
@pytest.mark.parametrize("version", [0, -1, 1, 2, 4, 2**31 - 1, -(2**31)])
async def test_another_number_is_refused(app_trial: asyncpg.Connection, kind: Kind, version: int) -> None:
    first = await kind.publish(app_trial)
    key = {kind.key: first[kind.key]}
    await kind.publish(app_trial, **key)
    async with refused(app_trial, "23T02", f"{kind.versions}_version_order"):
        await kind.publish(app_trial, **key, version=version)
    assert (await kind.publish(app_trial, **key))["version"] == 3


@each_kind
@pytest.mark.parametrize("version", [0, 2])
async def test_the_first_version_is_one(app_trial: asyncpg.Connection, kind: Kind, version: int) -> None:
    async with refused(app_trial, "23T02", f"{kind.versions}_version_order"):
        await kind.publish(app_trial, version=version)


@each_kind
async def test_copy_is_numbered(app_trial: asyncpg.Connection, kind: Kind) -> None:
    parent = (await kind.make(app_trial))["id"]
    await app_trial.copy_records_to_table(
        kind.versions, records=[(parent, "{}")] * 3, columns=[kind.key, kind.document]
    )
    columns = [kind.key, kind.document, "version"]
    await app_trial.copy_records_to_table(kind.versions, records=[(parent, "{}", 4)], columns=columns)
    async with refused(app_trial, "23T02", f"{kind.versions}_version_order"):
        rows = [(parent, "{}", 5), (parent, "{}", 7)]
        await app_trial.copy_records_to_table(kind.versions, records=rows, columns=columns)
    assert await numbers(app_trial, kind, parent) == [1, 2, 3, 4]


@each_kind
async def test_many_rows_of_one_statement_are_numbered(app_trial: asyncpg.Connection, kind: Kind) -> None:
    parent = (await kind.make(app_trial))["id"]
    into = f"INSERT INTO {kind.versions} ({kind.key}, {kind.document}"
    await app_trial.execute(f"{into}) VALUES ($1, '{{}}'), ($1, '{{}}'), ($1, '{{}}')", parent)
    await app_trial.execute(f"{into}) SELECT $1, '{{}}' FROM generate_series(1, 3)", parent)
    await app_trial.execute(f"{into}, version) VALUES ($1, '{{}}', 7), ($1, '{{}}', 8)", parent)
    async with refused(app_trial, "23T02", f"{kind.versions}_version_order"):
        await app_trial.execute(f"{into}, version) VALUES ($1, '{{}}', 10), ($1, '{{}}', 9)", parent)
    await app_trial.execute(
        f"MERGE INTO {kind.versions} AS target USING (SELECT $1::uuid AS id) AS source ON false"
        f" WHEN NOT MATCHED THEN INSERT ({kind.key}, {kind.document}) VALUES (source.id, '{{}}')",
        parent,
    )
    assert await numbers(app_trial, kind, parent) == list(range(1, 10))


@each_kind
async def test_a_rollback_leaves_no_gap(app_trial: asyncpg.Connection, kind: Kind) -> None:
    parent = (await kind.publish(app_trial))[kind.key]
    savepoint = app_trial.transaction()
    await savepoint.start()
    await kind.publish(app_trial, **{kind.key: parent})
    await savepoint.rollback()
    assert (await kind.publish(app_trial, **{kind.key: parent}))["version"] == 2


@each_kind
async def test_a_conflict_is_not_passed_over_in_silence(app_trial: asyncpg.Connection, kind: Kind) -> None:
    parent = (await kind.publish(app_trial))[kind.key]
    async with refused(app_trial, "23T02", f"{kind.versions}_version_order"):
        await app_trial.execute(
            f"INSERT INTO {kind.versions} ({kind.key}, version, {kind.document})"
            " VALUES ($1, 1, '{}') ON CONFLICT DO NOTHING",
            parent,
        )


@each_kind
async def test_a_version_belongs_to_its_parent(app_trial: asyncpg.Connection, kind: Kind) -> None:
    async with refused(app_trial, "23503", f"{kind.versions}_{kind.key}_fkey"):
        await kind.publish(app_trial, **{kind.key: UUID(int=0)})
    async with refused(app_trial, "23502"):
        await kind.publish(app_trial, **{kind.key: None})


@each_kind
async def test_the_author_of_a_version_exists(app_trial: asyncpg.Connection, kind: Kind) -> None:
    author = (await records.user(app_trial))["id"]
    assert (await kind.publish(app_trial, created_by=author))["created_by"] == author
    async with refused(app_trial, "23503", f"{kind.versions}_created_by_fkey"):
        await kind.publish(app_trial, created_by=UUID(int=0))


@each_kind
async def test_the_hash_is_that_of_the_stored_document(app_trial: asyncpg.Connection, kind: Kind) -> None:
    hashed = f"{kind.document}_sha256"
    version = await kind.publish(app_trial, **{kind.document: '{"b": 1, "a": ["é", 1.50, null]}'})
    # Keys sorted, single spaces: the text in which PostgreSQL writes jsonb.
    assert version[kind.document] == '{"a": ["é", 1.50, null], "b": 1}'
    assert version[hashed] == hashlib.sha256(version[kind.document].encode()).hexdigest()
    same = await kind.publish(app_trial, **{kind.document: '{"a":["\\u00e9",1.50,null],"b":1}'})
    assert same[hashed] == version[hashed]


@each_kind
async def test_the_hash_cannot_be_chosen(owner_trial: asyncpg.Connection, kind: Kind) -> None:
    hashed = f"{kind.document}_sha256"
    version = await kind.publish(owner_trial, **{hashed: "0" * 64})
    assert version[hashed] == hashlib.sha256(version[kind.document].encode()).hexdigest()


async def numbers(connection: asyncpg.Connection, kind: Kind, parent: UUID) -> list[int]:
    rows = await connection.fetch(
        f"SELECT version FROM {kind.versions} WHERE {kind.key} = $1 ORDER BY id",
        parent,
    )
    return [row["version"] for row in rows]
