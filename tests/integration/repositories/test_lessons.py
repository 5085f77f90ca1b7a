"""LessonRepository: lessons as they are written, and what each said when it was published."""

import asyncio
import hashlib
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.fixtures.cluster import Cluster
from tests.fixtures.columns import columns_of
from tests.fixtures.scene import Scene
from tests.fixtures.trail import OPERATOR, Trail
from tests.fixtures.typed_errors import refused_as
from trust_models import Database, LessonRepository, acting_as, transaction
from trust_models.enums import Difficulty, LessonStatus, Outcome
from trust_models.errors import AlreadyExists, InvalidValue, NotFound, ReferenceBroken, VersionOutOfOrder

pytestmark = pytest.mark.usefixtures("shared_db")

lessons = LessonRepository()


async def test_draft_returns_the_lesson_as_stored(scene: Scene) -> None:
    content = {"text": "Grüße, 世界 \\ \" ' \n", "parts": [1, 2.5, None, True], "deep": {"er": {}}}
    with acting_as(OPERATOR):
        lesson = await lessons.draft(slug=scene.new, title="A lesson", difficulty=Difficulty.ADVANCED, content=content)
    assert (lesson.slug, lesson.title, lesson.difficulty) == (scene.new, "A lesson", Difficulty.ADVANCED)
    assert (lesson.status, lesson.published_at, lesson.content) == (LessonStatus.DRAFT, None, content)
    assert columns_of(await lessons.get(lesson.id)) == columns_of(lesson)
    assert columns_of(await lessons.get_by_slug(scene.new)) == columns_of(lesson)


async def test_draft_begins_empty(scene: Scene) -> None:
    with acting_as(OPERATOR):
        lesson = await lessons.draft(slug=scene.new, title="A lesson", difficulty=Difficulty.BEGINNER)
    assert lesson.content == {}


async def test_draft_refuses_a_slug_that_is_taken(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(AlreadyExists, "lessons_slug_key", hidden=scene.lesson_slug):
        await lessons.draft(slug=scene.lesson_slug, title="Another", difficulty=Difficulty.BEGINNER)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"slug": "Upper"}, "lessons_slug_ck"),
        ({"slug": "-dash"}, "lessons_slug_ck"),
        ({"title": ""}, "lessons_title_ck"),
        ({"content": ["no", "object"]}, "lessons_content_ck"),
        ({"title": "no\0text"}, None),
        ({"title": "no\ud800text"}, None),
    ],
)
async def test_draft_refuses_values_without_the_right_form(
    scene: Scene, wrong: dict[str, Any], constraint: str | None
) -> None:
    values: dict[str, Any] = {"slug": scene.new, "title": "A lesson", "difficulty": Difficulty.BEGINNER} | wrong
    with acting_as(OPERATOR), refused_as(InvalidValue, constraint):
        await lessons.draft(**values)
    with pytest.raises(NotFound):
        await lessons.get_by_slug(scene.new)


async def test_revise_changes_what_is_given(scene: Scene) -> None:
    before = await lessons.get(scene.lesson_id)
    with acting_as(OPERATOR):
        revised = await lessons.revise(scene.lesson_id, difficulty=Difficulty.INTERMEDIATE)
        assert (revised.difficulty, revised.title, revised.content) == (
            Difficulty.INTERMEDIATE,
            before.title,
            before.content,
        )
        revised = await lessons.revise(scene.lesson_id, title="New", content={"text": "new"})
    assert (revised.difficulty, revised.title, revised.content) == (
        Difficulty.INTERMEDIATE,
        "New",
        {"text": "new"},
    )
    assert revised.slug == before.slug


async def test_revise_can_empty_the_content(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await lessons.revise(scene.lesson_id, content={"text": "new"})
        assert (await lessons.revise(scene.lesson_id, content={})).content == {}


async def test_revise_with_nothing_changes_nothing(scene: Scene) -> None:
    before = await lessons.get(scene.lesson_id)
    with acting_as(OPERATOR):
        assert columns_of(await lessons.revise(scene.lesson_id)) == columns_of(before)
        with pytest.raises(NotFound):
            await lessons.revise(uuid4())


async def test_publish_makes_versions_without_a_gap(scene: Scene) -> None:
    with acting_as(OPERATOR):
        lesson = await lessons.draft(
            slug=scene.new, title="A lesson", difficulty=Difficulty.BEGINNER, content={"b": 1, "a": "é"}
        )
        first = await lessons.publish(lesson.id)
        again = await lessons.publish(lesson.id, expected_version=2, created_by=scene.user_id)
    assert (first.version, first.lesson_id, first.content, first.created_by_id) == (
        1,
        lesson.id,
        {"b": 1, "a": "é"},
        None,
    )
    assert (again.version, again.created_by_id) == (2, scene.user_id)
    assert first.content_sha256 == again.content_sha256
    assert first.content_sha256 == hashlib.sha256('{"a": "é", "b": 1}'.encode()).hexdigest()


async def test_publish_shows_the_lesson_and_keeps_when_that_was_first(scene: Scene) -> None:
    with acting_as(OPERATOR):
        await lessons.publish(scene.lesson_id)
        first = await lessons.get(scene.lesson_id)
        assert first.status is LessonStatus.PUBLISHED
        assert first.published_at is not None
        hidden = await lessons.withdraw(scene.lesson_id)
        assert hidden.status is LessonStatus.DRAFT
        await lessons.publish(scene.lesson_id)
    again = await lessons.get(scene.lesson_id)
    assert (again.status, again.published_at) == (LessonStatus.PUBLISHED, first.published_at)


async def test_what_is_published_stays_when_the_lesson_is_revised_and_withdrawn(scene: Scene) -> None:
    with acting_as(OPERATOR):
        published = await lessons.publish(scene.lesson_id)
        await lessons.revise(scene.lesson_id, content={"text": "revised"})
        await lessons.withdraw(scene.lesson_id)
    assert columns_of(await lessons.version(scene.lesson_id, published.version)) == columns_of(published)


@pytest.mark.parametrize("expected", [0, 1, 3, -1])
async def test_publish_refuses_another_version_than_the_expected_one(scene: Scene, trail: Trail, expected: int) -> None:
    with acting_as(OPERATOR), refused_as(VersionOutOfOrder, "lesson_versions_version_order"):
        await lessons.publish(scene.lesson_id, expected_version=expected)
    assert (await lessons.get(scene.lesson_id)).status is LessonStatus.DRAFT, "half of it was stored"
    event = await trail.event()
    assert (event.outcome, event.reason_code) == (Outcome.DENIED, "version_out_of_order")
    assert event.metadata == {"sqlstate": "23T02", "constraint": "lesson_versions_version_order"}


async def test_publish_refuses_an_author_who_does_not_exist(scene: Scene) -> None:
    with acting_as(OPERATOR), refused_as(ReferenceBroken, "lesson_versions_created_by_fkey"):
        await lessons.publish(scene.lesson_id, created_by=uuid4())
    assert (await lessons.latest_version(scene.lesson_id)).version == 1


async def test_forty_publishers_at_once_number_one_to_forty(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database, pool_max_size=40)):
        with acting_as(OPERATOR):
            lesson = await lessons.draft(slug="forty", title="Forty", difficulty=Difficulty.BEGINNER)
            made = await asyncio.gather(*(lessons.publish(lesson.id) for _ in range(40)))
        assert sorted(version.version for version in made) == list(range(1, 41))
        assert [version.version for version in (await lessons.versions(lesson.id)).items] == list(range(1, 41))
        events = await Trail().events(action="lesson.publish")
        assert [event.metadata["version"] for event in events] == list(range(1, 41))


async def test_of_publishers_who_expect_one_version_one_gets_it(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database, pool_max_size=10)):
        with acting_as(OPERATOR):
            lesson = await lessons.draft(slug="one", title="One", difficulty=Difficulty.BEGINNER)
            made = await asyncio.gather(
                *(lessons.publish(lesson.id, expected_version=1) for _ in range(10)), return_exceptions=True
            )
        assert [type(result) for result in made].count(VersionOutOfOrder) == 9
        assert (await lessons.latest_version(lesson.id)).version == 1


async def test_publish_waits_for_a_revision_under_way(
    shared_db: Database, standing_admin: asyncpg.Connection, scene: Scene
) -> None:
    """What is published is what the lesson says then, not what it said when the publisher came."""
    revised, finish = asyncio.Event(), asyncio.Event()

    async def revise() -> None:
        async with transaction():
            await lessons.revise(scene.lesson_id, content={"text": "revised"})
            revised.set()
            await finish.wait()

    with acting_as(OPERATOR):
        author = asyncio.create_task(revise())
        await revised.wait()
        publisher = asyncio.create_task(lessons.publish(scene.lesson_id))
        while not await standing_admin.fetchval(
            "SELECT bool_or(wait_event_type = 'Lock') FROM pg_stat_activity WHERE datname = $1",
            shared_db.settings.database_url.database,
        ):
            pass
        finish.set()
        await author
        assert (await publisher).content == {"text": "revised"}


async def test_versions_are_read_one_by_one_and_in_order(scene: Scene) -> None:
    with acting_as(OPERATOR):
        made = [await lessons.publish(scene.lesson_id) for _ in range(5)]
    assert [version.version for version in made] == [2, 3, 4, 5, 6]
    assert (await lessons.latest_version(scene.lesson_id)).id == made[-1].id
    assert (await lessons.version(scene.lesson_id, 4)).id == made[2].id
    page = await lessons.versions(scene.lesson_id, limit=4)
    assert [version.version for version in page.items] == [1, 2, 3, 4]
    rest = await lessons.versions(scene.lesson_id, limit=4, after=page.after)
    assert [version.version for version in rest.items] == [5, 6]
    assert rest.after is None


async def test_there_is_no_version_before_the_first(scene: Scene) -> None:
    with acting_as(OPERATOR):
        lesson = await lessons.draft(slug=scene.new, title="A lesson", difficulty=Difficulty.BEGINNER)
    with pytest.raises(NotFound, match="lesson version"):
        await lessons.latest_version(lesson.id)
    with pytest.raises(NotFound, match="number 1"):
        await lessons.version(lesson.id, 1)
    assert (await lessons.versions(lesson.id)).items == []


async def test_pages_by_status(cluster: Cluster, database: str) -> None:
    async with Database(cluster.settings(database)):
        with acting_as(OPERATOR):
            made = [
                await lessons.draft(slug=f"lesson-{number}", title="A lesson", difficulty=Difficulty.BEGINNER)
                for number in range(4)
            ]
            for lesson in made[::2]:
                await lessons.publish(lesson.id)
        published = await lessons.page(status=LessonStatus.PUBLISHED)
        drafts = await lessons.page(status=LessonStatus.DRAFT, limit=1)
        assert [lesson.id for lesson in published.items] == [made[0].id, made[2].id]
        assert [lesson.id for lesson in drafts.items] == [made[1].id]
        assert drafts.after == made[1].id
        assert len((await lessons.page()).items) == 4
