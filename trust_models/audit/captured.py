"""Which records have every change of theirs captured, and what of them is never told.

By the kind of record, as `Entity.type` has it. A masked column's values stand in no event: only that it changed.
"""

from collections.abc import Mapping

MASKED: Mapping[str, tuple[str, ...]] = {
    "user": ("display_name", "email"),
    "auth_identity": ("email", "provider_user_id"),
    "lesson": (),
    "lab": (),
    "lab_session": (),
    "github_account": ("github_user_id", "username"),
    "github_repo_mapping": (),
    "feature_flag": (),
    "subscription": (),
    "schema_lock_override": (),
}

IGNORED = ("updated_at",)
"""What moves with every change, and is in no event."""
