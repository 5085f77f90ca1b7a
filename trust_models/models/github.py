"""GitHub accounts and the repositories in which lab work is done."""

from uuid import UUID

from tortoise import Model, fields

from trust_models.models.execution import LabSession
from trust_models.models.fields import Record
from trust_models.models.identity import User


class GithubAccount(Record):
    """A user's GitHub account; `github_user_id` is GitHub's own number, which survives a change of name."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "trust.User", on_delete=fields.CASCADE, related_name="github_accounts"
    )
    user_id: UUID
    github_user_id = fields.BigIntField(unique=True)
    username = fields.CharField(max_length=100)

    class Meta(Model.Meta):
        """The table."""

        table = "github_accounts"


class GithubRepoMapping(Record):
    """The repository of a lab session; `repo_url` is https or ssh, without a password."""

    lab_session: fields.ForeignKeyRelation[LabSession] = fields.ForeignKeyField(
        "trust.LabSession", on_delete=fields.RESTRICT, related_name="repositories"
    )
    lab_session_id: UUID
    repo_url = fields.CharField(max_length=500)
    default_branch = fields.CharField(max_length=255)

    class Meta(Model.Meta):
        """The table."""

        table = "github_repo_mappings"
        unique_together = (("lab_session", "repo_url"),)
