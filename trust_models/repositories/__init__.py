"""The verbs of the domain: one repository per aggregate.

A repository holds no connection. Its verbs run on the transaction of the task that calls them, or else on the
database that the process has opened; none commits what it did not begin. A verb that changes something critical
is audited, and so needs to know who acts: call it inside `acting_as(...)` or `audited(...)`.

Errors are those of `trust_models.errors`.
"""

from trust_models.repositories.admin import FeatureFlagRepository
from trust_models.repositories.audit_log import AuditLogRepository
from trust_models.repositories.base import Page
from trust_models.repositories.billing import SubscriptionRepository
from trust_models.repositories.execution import LabSessionRepository, NewAttempt
from trust_models.repositories.github import GithubRepository
from trust_models.repositories.identity import AuthSessionRepository, OpenedSession, UserRepository
from trust_models.repositories.labs import LabRepository
from trust_models.repositories.lessons import LessonRepository
from trust_models.repositories.proofs import NewProof, ProofRepository

__all__ = [
    "AuditLogRepository",
    "AuthSessionRepository",
    "FeatureFlagRepository",
    "GithubRepository",
    "LabRepository",
    "LabSessionRepository",
    "LessonRepository",
    "NewAttempt",
    "NewProof",
    "OpenedSession",
    "Page",
    "ProofRepository",
    "SubscriptionRepository",
    "UserRepository",
]
