"""Work on labs and its verification."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from trust_models.audit import Entity, audited
from trust_models.enums import LabSessionStatus, VerificationResult
from trust_models.models import LabSession, VerificationAttempt
from trust_models.repositories import base
from trust_models.repositories.base import PAGE_SIZE, Page
from trust_models.sql import load


@dataclass(frozen=True, slots=True)
class NewAttempt:
    """A verification that has run: the commit (40 or 64 hexadecimal digits), its result, what it printed."""

    commit_sha: str
    result: VerificationResult
    logs: dict[str, Any] = field(default_factory=dict)


class LabSessionRepository:
    """Sessions from their start to their end, with the attempts in between."""

    async def start(self, *, user_id: UUID, lab_version_id: UUID) -> LabSession:
        """Start a session; raise `ReferenceBroken` when there is no such user or version."""
        async with audited("lab_session.start", Entity("lab_session")) as operation:
            session = await base.insert(LabSession, user_id=user_id, lab_version_id=lab_version_id)
            operation.on(session)
            operation.add(user_id=str(user_id), lab_version_id=str(lab_version_id))
        return session

    async def record_attempt(self, session_id: UUID, attempt: NewAttempt) -> VerificationAttempt:
        """Record one verification; see `record_attempts`."""
        return (await self.record_attempts(session_id, [attempt]))[0]

    async def record_attempts(self, session_id: UUID, attempts: Sequence[NewAttempt]) -> list[VerificationAttempt]:
        """Record verifications in their order, in one statement, and return them with the numbers that they got.

        Raises `StateNotAllowed` when the session has ended, `InvalidValue` for a commit that is none,
        `ReferenceBroken` when there is no such session. Without attempts nothing is done.
        """
        if not attempts:
            return []
        async with audited("lab_session.record_attempts", Entity.named("lab_session", session_id)) as operation:
            recorded = await base.fetch(
                VerificationAttempt,
                load("queries/record_attempts.sql"),
                session_id,
                [attempt.commit_sha for attempt in attempts],
                [attempt.result for attempt in attempts],
                base.encoded(VerificationAttempt, "logs", [attempt.logs for attempt in attempts]),
            )
            operation.add(
                attempts=[{"attempt": row.attempt, "result": row.result, "commit": row.commit_sha} for row in recorded]
            )
        return recorded

    async def complete(self, session_id: UUID) -> LabSession:
        """End a session as VERIFIED_PASS.

        Raises `EvidenceMissing` without an attempt that passed, `StateNotAllowed` when it has ended, `NotFound`.
        """
        async with audited("lab_session.complete", Entity.named("lab_session", session_id)):
            return await base.update(LabSession, session_id, status=LabSessionStatus.VERIFIED_PASS)

    async def fail(self, session_id: UUID) -> LabSession:
        """End a session as FAILED; raise `StateNotAllowed` when it has ended, `NotFound`."""
        async with audited("lab_session.fail", Entity.named("lab_session", session_id)):
            return await base.update(LabSession, session_id, status=LabSessionStatus.FAILED)

    async def get(self, session_id: UUID) -> LabSession:
        """Return a session; raise `NotFound`."""
        return await base.get(LabSession, session_id)

    async def of_user(
        self,
        user_id: UUID,
        *,
        status: LabSessionStatus | None = None,
        after: UUID | None = None,
        limit: int = PAGE_SIZE,
    ) -> Page[LabSession]:
        """Return a user's sessions, the oldest first."""
        query = LabSession.filter(user_id=user_id, **base.given(status=status))
        return await base.page(query, after=after, limit=limit)

    async def attempts(
        self, session_id: UUID, *, after: UUID | None = None, limit: int = PAGE_SIZE
    ) -> Page[VerificationAttempt]:
        """Return the attempts of a session in their order."""
        return await base.page(VerificationAttempt.filter(lab_session_id=session_id), after=after, limit=limit)
