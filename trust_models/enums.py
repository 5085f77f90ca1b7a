"""Closed vocabularies. The same members stand in a CHECK constraint of the database."""

import sys

if sys.version_info >= (3, 11):
    from enum import StrEnum
else:  # pragma: no cover - the backport for Python 3.10
    from enum import Enum

    class StrEnum(str, Enum):
        """`enum.StrEnum` of Python 3.11."""

        __str__ = str.__str__


class UserRole(StrEnum):
    """What a user may do on the platform."""

    ADMIN = "ADMIN"
    USER = "USER"
    RECRUITER = "RECRUITER"


class AuthProvider(StrEnum):
    """Who vouches for an identity."""

    EMAIL = "EMAIL"
    GOOGLE = "GOOGLE"
    GITHUB = "GITHUB"


class Difficulty(StrEnum):
    """How hard a lesson or a lab is."""

    BEGINNER = "BEGINNER"
    INTERMEDIATE = "INTERMEDIATE"
    ADVANCED = "ADVANCED"


class LessonStatus(StrEnum):
    """Whether learners see a lesson."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


class LabSessionStatus(StrEnum):
    """The state machine of a lab session: IN_PROGRESS ends once, in one of the other two."""

    IN_PROGRESS = "IN_PROGRESS"
    VERIFIED_PASS = "VERIFIED_PASS"
    FAILED = "FAILED"


class VerificationResult(StrEnum):
    """The outcome of one verification attempt."""

    PASS = "PASS"
    FAIL = "FAIL"


class ProofType(StrEnum):
    """What a proof artifact shows."""

    LOG = "LOG"
    DIFF = "DIFF"
    SCREENSHOT = "SCREENSHOT"


class SubscriptionPlan(StrEnum):
    """What a user pays for."""

    FREE = "FREE"
    PAID = "PAID"


class SubscriptionStatus(StrEnum):
    """Whether a subscription is live; at most one per user is not CANCELED."""

    ACTIVE = "ACTIVE"
    PAST_DUE = "PAST_DUE"
    CANCELED = "CANCELED"


class ActorType(StrEnum):
    """Who acts, in an audit event."""

    USER = "USER"
    SERVICE = "SERVICE"
    SYSTEM = "SYSTEM"
    ANONYMOUS = "ANONYMOUS"


class Outcome(StrEnum):
    """How an audited operation ended; DENIED means that a rule or a missing right refused it."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    DENIED = "DENIED"


class Environment(StrEnum):
    """Where a process runs, said by `TRUST_ENVIRONMENT`."""

    DEVELOPMENT = "development"
    TEST = "test"
    PRODUCTION = "production"
