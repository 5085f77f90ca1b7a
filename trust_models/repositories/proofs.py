"""Evidence of verifications."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from trust_models.audit import Entity, audited
from trust_models.enums import ProofType
from trust_models.models import ProofArtifact
from trust_models.repositories import base
from trust_models.repositories.base import PAGE_SIZE, Page
from trust_models.sql import load


@dataclass(frozen=True, slots=True)
class NewProof:
    """A piece of evidence that has been stored: where it lies, its SHA-256 in hexadecimal, its size in bytes."""

    type: ProofType
    location: str
    sha256: str
    size_bytes: int
    content_type: str


class ProofRepository:
    """Where the evidence of an attempt lies, and the hash that it must have."""

    async def attach_proof(self, attempt_id: UUID, proof: NewProof) -> ProofArtifact:
        """Record one piece of evidence; see `attach_proofs`."""
        return (await self.attach_proofs(attempt_id, [proof]))[0]

    async def attach_proofs(self, attempt_id: UUID, proofs: Sequence[NewProof]) -> list[ProofArtifact]:
        """Record pieces of evidence of one attempt, in one statement.

        Raises `InvalidValue` for a location with credentials in it (a password or a signed query) or a hash that is
        none, `ReferenceBroken` when there is no such attempt. Without proofs nothing is done.
        """
        if not proofs:
            return []
        async with audited("proof.attach", Entity.named("verification_attempt", attempt_id)) as operation:
            attached = await base.fetch(
                ProofArtifact,
                load("queries/attach_proofs.sql"),
                attempt_id,
                [proof.type for proof in proofs],
                [proof.location for proof in proofs],
                [proof.sha256 for proof in proofs],
                [proof.size_bytes for proof in proofs],
                [proof.content_type for proof in proofs],
            )
            operation.add(proofs=[{"id": str(row.id), "type": row.type, "sha256": row.sha256} for row in attached])
        return attached

    async def get(self, proof_id: UUID) -> ProofArtifact:
        """Return a proof; raise `NotFound`."""
        return await base.get(ProofArtifact, proof_id)

    async def of_attempt(
        self, attempt_id: UUID, *, after: UUID | None = None, limit: int = PAGE_SIZE
    ) -> Page[ProofArtifact]:
        """Return the evidence of an attempt, the first one first."""
        return await base.page(ProofArtifact.filter(verification_attempt_id=attempt_id), after=after, limit=limit)
