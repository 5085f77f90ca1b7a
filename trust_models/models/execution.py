"""Work on labs and its verification."""

from uuid import UUID

from tortoise import Model, fields
from tortoise.fields.db_defaults import SqlDefault

from trust_models.enums import LabSessionStatus, VerificationResult
from trust_models.models.append_only import AppendOnly
from trust_models.models.fields import JsonObjectField, Record
from trust_models.models.identity import User
from trust_models.models.labs import LabVersion


class LabSession(Record):
    """One person's work on one version of a lab. `compute_cost` is an amount of money, exact to six decimals."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "trust.User", on_delete=fields.RESTRICT, related_name="lab_sessions"
    )
    user_id: UUID
    lab_version: fields.ForeignKeyRelation[LabVersion] = fields.ForeignKeyField(
        "trust.LabVersion", on_delete=fields.RESTRICT, related_name="sessions"
    )
    lab_version_id: UUID
    status = fields.CharEnumField(
        LabSessionStatus, max_length=16, db_default=SqlDefault("'IN_PROGRESS'"), description=""
    )
    started_at = fields.DatetimeField(generated=True)
    completed_at = fields.DatetimeField(null=True, generated=True)
    compute_cost = fields.DecimalField(max_digits=18, decimal_places=6, null=True, generated=True)
    cost_metadata = JsonObjectField(generated=True)

    class Meta(Model.Meta):
        """The table."""

        table = "lab_sessions"


class VerificationAttempt(AppendOnly, Record):
    """One run of a verification; attempts of a session count 1, 2, 3 and so on."""

    lab_session: fields.ForeignKeyRelation[LabSession] = fields.ForeignKeyField(
        "trust.LabSession", on_delete=fields.RESTRICT, related_name="attempts"
    )
    lab_session_id: UUID
    attempt = fields.IntField(generated=True)
    commit_sha = fields.CharField(max_length=64)
    result = fields.CharEnumField(VerificationResult, max_length=16, description="")
    logs = JsonObjectField(db_default=SqlDefault("'{}'"))

    class Meta(Model.Meta):
        """The table."""

        table = "verification_attempts"
        unique_together = (("lab_session", "attempt"),)
