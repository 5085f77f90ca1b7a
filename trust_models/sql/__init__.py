"""The current SQL of the schema, one object per file, and the statements that the package runs.

`CURRENT` lists the files of the schema in the order in which they build an empty database. Migrations hold
frozen copies of them; a test builds one database from each and compares the two.
"""

from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent

CURRENT: tuple[str, ...] = (
    "schema/trust.sql",
    "schema/database.sql",
    "functions/uuid_v7.sql",
    "functions/uuid_v7_of.sql",
    "functions/touch.sql",
    "sequences/refused_other.sql",
    "functions/ensure_refusal_counters.sql",
    "functions/printable.sql",
    "functions/log_refusal.sql",
    "functions/record_refusal.sql",
    "functions/refuse_mutation.sql",
    "functions/guard_table.sql",
    "tables/environment.sql",
    "functions/assign_environment.sql",
    "triggers/environment.sql",
    "functions/environment.sql",
    "functions/jsonb_sha256.sql",
    "functions/next_number.sql",
    "tables/aerich.sql",
    "functions/applied_migrations.sql",
    # Identity
    "functions/normalise_email.sql",
    "functions/store_normalised_email.sql",
    "functions/keep_session_revoked.sql",
    "functions/keep_last_identity.sql",
    "tables/users.sql",
    "tables/auth_sessions.sql",
    "tables/auth_identities.sql",
    "triggers/users.sql",
    "triggers/auth_sessions.sql",
    "triggers/auth_identities.sql",
    # Lessons and labs
    "functions/stamp_published_at.sql",
    "functions/assign_lesson_version.sql",
    "functions/assign_lab_version.sql",
    "tables/lessons.sql",
    "tables/lesson_versions.sql",
    "tables/labs.sql",
    "tables/lab_versions.sql",
    "triggers/lessons.sql",
    "triggers/lesson_versions.sql",
    "triggers/labs.sql",
    "triggers/lab_versions.sql",
    # Execution and proofs
    "functions/check_lab_session.sql",
    "functions/assign_attempt.sql",
    "functions/assign_proof.sql",
    "tables/lab_sessions.sql",
    "tables/verification_attempts.sql",
    "tables/proof_artifacts.sql",
    "triggers/lab_sessions.sql",
    "triggers/verification_attempts.sql",
    "triggers/proof_artifacts.sql",
    # GitHub, administration, billing
    "tables/github_accounts.sql",
    "tables/github_repo_mappings.sql",
    "tables/feature_flags.sql",
    "tables/subscriptions.sql",
    "triggers/github_accounts.sql",
    "triggers/github_repo_mappings.sql",
    "triggers/feature_flags.sql",
    "triggers/subscriptions.sql",
    # Audit
    "functions/assign_audit_log.sql",
    "tables/audit_logs.sql",
    "functions/create_audit_segment.sql",
    "functions/audit_segments_ahead.sql",
    "functions/ensure_audit_segments.sql",
    "triggers/audit_logs.sql",
    "tables/denials.sql",
    "functions/count_denial.sql",
    "functions/record_denial.sql",
    "functions/refusals.sql",
    "tables/audit_spools.sql",
    "functions/replay_audit_events.sql",
    # Privileges
    "grants/trust_app.sql",
    "grants/trust_reader.sql",
    "grants/trust_archiver.sql",
    # Schema lock
    "functions/schema_catalogue.sql",
    "functions/catalogue_snapshot.sql",
    "functions/record_lock_event.sql",
    "functions/refuse_direct_change.sql",
    "tables/schema_lock.sql",
    "tables/schema_lock_baseline.sql",
    "tables/schema_lock_passes.sql",
    "tables/schema_lock_overrides.sql",
    "functions/check_lock_approver.sql",
    "functions/lock_override_step.sql",
    "functions/check_lock_override.sql",
    "functions/check_bookkeeping.sql",
    "triggers/schema_lock.sql",
    "triggers/schema_lock_baseline.sql",
    "triggers/schema_lock_passes.sql",
    "triggers/schema_lock_overrides.sql",
    "triggers/aerich.sql",
    "functions/open_lock_pass.sql",
    "functions/close_lock_pass.sql",
    "functions/open_override.sql",
    "functions/request_override.sql",
    "functions/approve_override.sql",
    "functions/revoke_override.sql",
    "functions/use_override.sql",
    "functions/evidence_state.sql",
    "functions/check_evidence.sql",
    "functions/check_guard.sql",
    "functions/run_migration.sql",
    "functions/engage_schema_lock.sql",
    "functions/release_schema_lock.sql",
    "schema/lock_counters.sql",
    "grants/schema_lock.sql",
)


@cache
def load(name: str) -> str:
    """Return the text of the file `name`, a path below this package such as `queries/authenticate.sql`."""
    return (ROOT / name).read_text(encoding="utf-8")
