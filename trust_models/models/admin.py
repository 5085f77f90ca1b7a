"""Switches of the platform, the audit log, and permissions to change what is locked."""

from tortoise import Model, fields
from tortoise.fields.db_defaults import SqlDefault

from trust_models.enums import ActorType, Outcome
from trust_models.models.append_only import AppendOnly
from trust_models.models.fields import JsonObjectField, Record, TransactionIdField


class FeatureFlag(Record):
    """A switch, named by dotted lower-case words; off unless said otherwise."""

    key = fields.CharField(max_length=100, unique=True)
    enabled = fields.BooleanField(db_default=SqlDefault("false"))
    description = fields.CharField(max_length=500, null=True)

    class Meta(Model.Meta):
        """The table."""

        table = "feature_flags"


class SchemaLockOverride(Record):
    """A permission to run one text, once, while the schema is locked; written by `trust-models lock` alone."""

    migration = fields.CharField(max_length=255)
    sql_sha256 = fields.CharField(max_length=64)
    reason = fields.CharField(max_length=1000)
    requested_by = fields.CharField(max_length=63)
    approved_by = fields.CharField(max_length=63, null=True)
    approved_at = fields.DatetimeField(null=True)
    expires_at = fields.DatetimeField(null=True)
    used_at = fields.DatetimeField(null=True)
    used_tx = TransactionIdField(null=True)
    revoked_by = fields.CharField(max_length=63, null=True)
    revoked_at = fields.DatetimeField(null=True)

    class Meta(Model.Meta):
        """The table."""

        table = "schema_lock_overrides"


class AuditLog(AppendOnly):
    """One event. Its number, transaction and time are the database's; `created_at` counts microseconds."""

    tx_id = TransactionIdField(generated=True)
    id = fields.BigIntField(primary_key=True, generated=True)
    created_at = fields.DatetimeField(generated=True)
    schema_version = fields.SmallIntField(db_default=SqlDefault("1"))
    actor_type = fields.CharEnumField(ActorType, max_length=16, description="")
    actor_id = fields.CharField(max_length=255, null=True)
    on_behalf_of = fields.CharField(max_length=255, null=True)
    action = fields.CharField(max_length=100)
    outcome = fields.CharEnumField(Outcome, max_length=16, description="")
    reason_code = fields.CharField(max_length=100, null=True)
    entity_type = fields.CharField(max_length=100)
    entity_id = fields.CharField(max_length=255, null=True)
    metadata = JsonObjectField(db_default=SqlDefault("'{}'"))
    context = JsonObjectField(db_default=SqlDefault("'{}'"))

    class Meta(Model.Meta):
        """The table."""

        table = "audit_logs"


class AuditCheckpoint(AppendOnly, Record):
    """What the ledger was at a moment, signed. All but the note is the database's; `root_hash` has 32 bytes."""

    number = fields.BigIntField(unique=True, generated=True)
    tree_size = fields.BigIntField(generated=True)
    root_hash = fields.BinaryField(generated=True)
    note = fields.TextField()
    sealed_tx = TransactionIdField(generated=True)
    sealed_id = fields.BigIntField(generated=True)

    class Meta(Model.Meta):
        """The table."""

        table = "audit_checkpoints"
