"""Labs and the versions that learners work on."""

from uuid import UUID

from tortoise import Model, fields
from tortoise.fields.db_defaults import SqlDefault

from trust_models.enums import Difficulty
from trust_models.models.append_only import AppendOnly
from trust_models.models.fields import JsonObjectField, Record
from trust_models.models.identity import User


class Lab(Record):
    """A lab as it is being written; `estimated_minutes` is what a learner should plan for."""

    slug = fields.CharField(max_length=100, unique=True)
    title = fields.CharField(max_length=200)
    difficulty = fields.CharEnumField(Difficulty, max_length=16, description="")
    estimated_minutes = fields.IntField()
    config = JsonObjectField(db_default=SqlDefault("'{}'"))

    class Meta(Model.Meta):
        """The table."""

        table = "labs"


class LabVersion(AppendOnly, Record):
    """What a lab demanded when a learner started it; number and hash are the database's."""

    lab: fields.ForeignKeyRelation[Lab] = fields.ForeignKeyField(
        "trust.Lab", on_delete=fields.RESTRICT, related_name="versions"
    )
    lab_id: UUID
    version = fields.IntField(generated=True)
    config = JsonObjectField()
    config_sha256 = fields.CharField(max_length=64, generated=True)
    created_by: fields.ForeignKeyNullableRelation[User] = fields.ForeignKeyField(
        "trust.User", on_delete=fields.RESTRICT, null=True, source_field="created_by", related_name="published_labs"
    )
    created_by_id: UUID | None

    class Meta(Model.Meta):
        """The table."""

        table = "lab_versions"
        unique_together = (("lab", "version"),)
