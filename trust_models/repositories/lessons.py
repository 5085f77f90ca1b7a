"""Lessons and their versions."""

from typing import Any
from uuid import UUID

from trust_models.audit import Entity, audited
from trust_models.enums import Difficulty, LessonStatus
from trust_models.models import Lesson, LessonVersion
from trust_models.repositories import base
from trust_models.repositories.base import PAGE_SIZE, Page


class LessonRepository:
    """Lessons as they are written, and what each said when it was published."""

    async def draft(
        self,
        *,
        slug: str,
        title: str,
        difficulty: Difficulty,
        content: dict[str, Any] | None = None,
    ) -> Lesson:
        """Create a lesson that learners do not see yet; raise `AlreadyExists` when the slug is taken."""
        async with audited("lesson.draft", Entity("lesson")) as operation:
            lesson = await base.insert(Lesson, slug=slug, title=title, difficulty=difficulty, content=content or {})
            operation.on(lesson)
        return lesson

    async def revise(
        self,
        lesson_id: UUID,
        *,
        title: str | None = None,
        difficulty: Difficulty | None = None,
        content: dict[str, Any] | None = None,
    ) -> Lesson:
        """Change what is given; what is published stays. Raise `NotFound`."""
        changes = base.given(title=title, difficulty=difficulty, content=content)
        async with audited("lesson.revise", Entity.named("lesson", lesson_id)) as operation:
            operation.add(changed=sorted(changes))
            return await base.update(Lesson, lesson_id, **changes)

    async def publish(
        self,
        lesson_id: UUID,
        *,
        expected_version: int | None = None,
        created_by: UUID | None = None,
    ) -> LessonVersion:
        """Publish a lesson as it is now, and return the version that this made.

        Publishers of one lesson queue; versions have no gap. Raises `VersionOutOfOrder` when `expected_version` is
        given and another one came first, `NotFound`.
        """
        async with audited("lesson.publish", Entity.named("lesson", lesson_id)) as operation:
            lesson = await base.update(Lesson, lesson_id, status=LessonStatus.PUBLISHED)
            version = await base.insert(
                LessonVersion,
                lesson_id=lesson_id,
                version=expected_version,
                content=lesson.content,
                created_by_id=created_by,
            )
            operation.add(version=version.version, content_sha256=version.content_sha256)
        return version

    async def withdraw(self, lesson_id: UUID) -> Lesson:
        """Hide a lesson from learners; its versions stay. Raise `NotFound`."""
        async with audited("lesson.withdraw", Entity.named("lesson", lesson_id)):
            return await base.update(Lesson, lesson_id, status=LessonStatus.DRAFT)

    async def get(self, lesson_id: UUID) -> Lesson:
        """Return a lesson; raise `NotFound`."""
        return await base.get(Lesson, lesson_id)

    async def get_by_slug(self, slug: str) -> Lesson:
        """Return the lesson with that slug; raise `NotFound`."""
        return await base.found(Lesson, Lesson.filter(slug=slug), f"the slug {slug}")

    async def page(
        self,
        *,
        status: LessonStatus | None = None,
        after: UUID | None = None,
        limit: int = PAGE_SIZE,
    ) -> Page[Lesson]:
        """Return lessons in the order of their creation."""
        return await base.page(Lesson.filter(**base.given(status=status)), after=after, limit=limit)

    async def latest_version(self, lesson_id: UUID) -> LessonVersion:
        """Return what was published last; raise `NotFound` before the first."""
        query = LessonVersion.filter(lesson_id=lesson_id).order_by("-version")
        return await base.found(LessonVersion, query, f"the lesson {lesson_id}")

    async def version(self, lesson_id: UUID, number: int) -> LessonVersion:
        """Return one version, counted from 1; raise `NotFound`."""
        query = LessonVersion.filter(lesson_id=lesson_id, version=number)
        return await base.found(LessonVersion, query, f"the number {number}")

    async def versions(
        self, lesson_id: UUID, *, after: UUID | None = None, limit: int = PAGE_SIZE
    ) -> Page[LessonVersion]:
        """Return the versions of a lesson, the first one first."""
        return await base.page(LessonVersion.filter(lesson_id=lesson_id), after=after, limit=limit)
