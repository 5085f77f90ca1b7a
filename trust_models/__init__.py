"""The data foundation of a platform for lessons, labs and verified work: trust in records.

Everything public is here; names are loaded when they are first used. Importing opens nothing and reads no
environment. See `trust_models.errors` for what is raised.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trust_models.audit import (
        Actor,
        AuditEvent,
        Entity,
        EntityState,
        EventFilter,
        OnAuditFailure,
        RecordedEvent,
        RequestContext,
        TrustMiddleware,
        acting_as,
        audited,
        current_actor,
        current_operation,
    )
    from trust_models.db.database import Database, transaction
    from trust_models.errors import TrustError
    from trust_models.ledger.sealer.task import SealingTask
    from trust_models.repositories import (
        AuditLogRepository,
        AuthSessionRepository,
        FeatureFlagRepository,
        GithubRepository,
        LabRepository,
        LabSessionRepository,
        LessonRepository,
        NewAttempt,
        NewProof,
        ProofRepository,
        SubscriptionRepository,
        UserRepository,
    )
    from trust_models.settings import Settings

_HOMES = {
    "trust_models.audit": (
        "Actor",
        "AuditEvent",
        "Entity",
        "EntityState",
        "EventFilter",
        "OnAuditFailure",
        "RecordedEvent",
        "RequestContext",
        "TrustMiddleware",
        "acting_as",
        "audited",
        "current_actor",
        "current_operation",
    ),
    "trust_models.db.database": ("Database", "transaction"),
    "trust_models.ledger.sealer.task": ("SealingTask",),
    "trust_models.errors": ("TrustError",),
    "trust_models.repositories": (
        "AuditLogRepository",
        "AuthSessionRepository",
        "FeatureFlagRepository",
        "GithubRepository",
        "LabRepository",
        "LabSessionRepository",
        "LessonRepository",
        "NewAttempt",
        "NewProof",
        "ProofRepository",
        "SubscriptionRepository",
        "UserRepository",
    ),
    "trust_models.settings": ("Settings",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Actor",
    "AuditEvent",
    "AuditLogRepository",
    "AuthSessionRepository",
    "Database",
    "Entity",
    "EntityState",
    "EventFilter",
    "FeatureFlagRepository",
    "GithubRepository",
    "LabRepository",
    "LabSessionRepository",
    "LessonRepository",
    "NewAttempt",
    "NewProof",
    "OnAuditFailure",
    "ProofRepository",
    "RecordedEvent",
    "RequestContext",
    "SealingTask",
    "Settings",
    "SubscriptionRepository",
    "TrustError",
    "TrustMiddleware",
    "UserRepository",
    "acting_as",
    "audited",
    "current_actor",
    "current_operation",
    "transaction",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
