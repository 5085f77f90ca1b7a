"""Lessons and their published versions."""

from uuid import UUID

from tortoise import Model, fields
from tortoise.fields.db_defaults import SqlDefault

from trust_models.enums import Difficulty, LessonStatus
from trust_models.models.append_only import AppendOnly
from trust_models.models.fields import JsonObjectField, Record
from trust_models.models.identity import User


class Lesson(Record):
    """A lesson as it is being written."""

    slug = fields.CharField(max_length=100, unique=True)
    title = fields.CharField(max_length=200)
    difficulty = fields.CharEnumField(Difficulty, max_length=16, description="")
    status = fields.CharEnumField(LessonStatus, max_length=16, db_default=SqlDefault("'DRAFT'"), description="")
    content = JsonObjectField(db_default=SqlDefault("'{}'"))
    published_at = fields.DatetimeField(null=True, generated=True)

    class Meta(Model.Meta):
        """The table."""

        table = "lessons"


class LessonVersion(AppendOnly, Record):
    """What a lesson said when it was published; number and hash are the database's."""

    lesson: fields.ForeignKeyRelation[Lesson] = fields.ForeignKeyField(
        "trust.Lesson", on_delete=fields.RESTRICT, related_name="versions"
    )
    lesson_id: UUID
    version = fields.IntField(generated=True)
    content = JsonObjectField()
    content_sha256 = fields.CharField(max_length=64, generated=True)
    created_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "trust.User", on_delete=fields.RESTRICT, null=True, source_field="created_by", related_name="published_lessons"
    )
    created_by_id: UUID | None

    class Meta(Model.Meta):
        """The table."""

        table = "lesson_versions"
        unique_together = (("lesson", "version"),)
