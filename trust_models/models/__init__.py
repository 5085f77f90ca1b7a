"""The tables as Tortoise models. Rules are enforced by the database; see `trust_models/sql`."""

from trust_models.models.admin import AuditCheckpoint, AuditLog, FeatureFlag, SchemaLockOverride
from trust_models.models.append_only import AppendOnly
from trust_models.models.billing import Subscription
from trust_models.models.execution import LabSession, VerificationAttempt
from trust_models.models.github import GithubAccount, GithubRepoMapping
from trust_models.models.identity import AuthIdentity, AuthSession, User
from trust_models.models.labs import Lab, LabVersion
from trust_models.models.lessons import Lesson, LessonVersion
from trust_models.models.proofs import ProofArtifact

__all__ = [
    "AuditCheckpoint",
    "AuditLog",
    "AuthIdentity",
    "AuthSession",
    "FeatureFlag",
    "GithubAccount",
    "GithubRepoMapping",
    "Lab",
    "LabSession",
    "LabVersion",
    "Lesson",
    "LessonVersion",
    "ProofArtifact",
    "SchemaLockOverride",
    "Subscription",
    "User",
    "VerificationAttempt",
]

APPEND_ONLY_TABLES = tuple(model._meta.db_table for name in __all__ if issubclass(model := globals()[name], AppendOnly))
"""The tables whose records never change, by their names in the schema `public`."""
