"""People, their identities and their signed-in sessions."""

from uuid import UUID

from tortoise import Model, fields
from tortoise.fields.db_defaults import SqlDefault

from trust_models.enums import AuthProvider, UserRole
from trust_models.models.fields import InetField, Record


class User(Record):
    """A person. Never deleted once evidence refers to them; `erased_at` tells when personal data was overwritten."""

    email = fields.CharField(max_length=320, unique=True)
    display_name = fields.CharField(max_length=200, null=True)
    role = fields.CharEnumField(UserRole, max_length=16, db_default=SqlDefault("'USER'"), description="")
    auth_provider = fields.CharEnumField(AuthProvider, max_length=16, description="")
    erased_at = fields.DatetimeField(null=True, generated=True)

    class Meta(Model.Meta):
        """The table."""

        table = "users"


class AuthSession(Record):
    """A signed-in browser or device; `token_hash` is the SHA-256 of a token that is never stored."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "trust.User", on_delete=fields.CASCADE, related_name="auth_sessions"
    )
    user_id: UUID
    token_hash = fields.CharField(max_length=64, unique=True)
    expires_at = fields.DatetimeField(db_index=True)
    last_seen_at = fields.DatetimeField(null=True, generated=True)
    revoked_at = fields.DatetimeField(null=True, generated=True)
    ip_address = InetField(null=True)
    user_agent = fields.CharField(max_length=1000, null=True)

    class Meta(Model.Meta):
        """The table."""

        table = "auth_sessions"


class AuthIdentity(Record):
    """A way in which a user proves who they are; each belongs to one user."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "trust.User", on_delete=fields.CASCADE, related_name="identities"
    )
    user_id: UUID
    provider = fields.CharEnumField(AuthProvider, max_length=16, description="")
    provider_user_id = fields.CharField(max_length=255)
    email = fields.CharField(max_length=320, null=True)

    class Meta(Model.Meta):
        """The table."""

        table = "auth_identities"
        unique_together = (("provider", "provider_user_id"),)
