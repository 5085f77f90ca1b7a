"""What users pay for."""

from uuid import UUID

from tortoise import Model, fields
from tortoise.fields.db_defaults import SqlDefault

from trust_models.enums import SubscriptionPlan, SubscriptionStatus
from trust_models.models.fields import Record
from trust_models.models.identity import User


class Subscription(Record):
    """A user's plan; at most one that is not CANCELED."""

    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        "trust.User", on_delete=fields.RESTRICT, related_name="subscriptions"
    )
    user_id: UUID
    plan = fields.CharEnumField(SubscriptionPlan, max_length=16, description="")
    status = fields.CharEnumField(SubscriptionStatus, max_length=16, db_default=SqlDefault("'ACTIVE'"), description="")

    class Meta(Model.Meta):
        """The table."""

        table = "subscriptions"
