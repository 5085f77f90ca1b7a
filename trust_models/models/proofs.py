"""Evidence of a verification."""

from uuid import UUID

from tortoise import Model, fields

from trust_models.enums import ProofType
from trust_models.models.append_only import AppendOnly
from trust_models.models.execution import VerificationAttempt
from trust_models.models.fields import Record


class ProofArtifact(AppendOnly, Record):
    """Where a piece of evidence lies (a path or URL without credentials) and the SHA-256 that it must have."""

    verification_attempt: fields.ForeignKeyRelation[VerificationAttempt] = fields.ForeignKeyField(
        "trust.VerificationAttempt", on_delete=fields.RESTRICT, related_name="proofs"
    )
    verification_attempt_id: UUID
    type = fields.CharEnumField(ProofType, max_length=16, description="")
    location = fields.CharField(max_length=2000)
    sha256 = fields.CharField(max_length=64)
    size_bytes = fields.BigIntField()
    content_type = fields.CharField(max_length=255)

    class Meta(Model.Meta):
        """The table."""

        table = "proof_artifacts"
