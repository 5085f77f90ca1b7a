-- from: grants/trust_app.sql
-- Purpose: exactly what the repositories use, column by column where a column is the database's own.
-- No UPDATE, DELETE or TRUNCATE on an append-only table: privileges refuse before a trigger has to.
-- A test takes away one right after the other and sees that a verb misses it.
-- Where the role does not exist (an upgrade before provisioning), nothing is granted; provisioning grants later.
DO $$
BEGIN
  IF to_regrole('trust_app') IS NULL THEN
    RETURN;
  END IF;
  -- The schema trust is open to everyone; public need not be.
  GRANT USAGE ON SCHEMA public TO trust_app;

  GRANT SELECT,
    INSERT (email, display_name, role, auth_provider),
    UPDATE (email, display_name, role) ON public.users TO trust_app;
  GRANT SELECT, DELETE,
    INSERT (user_id, token_hash, expires_at, ip_address, user_agent),
    UPDATE (expires_at, last_seen_at, revoked_at) ON public.auth_sessions TO trust_app;
  GRANT SELECT, DELETE,
    INSERT (user_id, provider, provider_user_id, email) ON public.auth_identities TO trust_app;

  GRANT SELECT,
    INSERT (slug, title, difficulty, content),
    UPDATE (title, difficulty, content, status) ON public.lessons TO trust_app;
  GRANT SELECT,
    INSERT (lesson_id, version, content, created_by) ON public.lesson_versions TO trust_app;
  GRANT SELECT,
    INSERT (slug, title, difficulty, estimated_minutes, config),
    UPDATE (title, difficulty, estimated_minutes, config) ON public.labs TO trust_app;
  GRANT SELECT,
    INSERT (lab_id, version, config, created_by) ON public.lab_versions TO trust_app;

  GRANT SELECT,
    INSERT (user_id, lab_version_id),
    UPDATE (status) ON public.lab_sessions TO trust_app;
  GRANT SELECT,
    INSERT (lab_session_id, commit_sha, result, logs) ON public.verification_attempts TO trust_app;
  GRANT SELECT,
    INSERT (verification_attempt_id, type, location, sha256, size_bytes, content_type)
    ON public.proof_artifacts TO trust_app;

  GRANT SELECT, DELETE,
    INSERT (user_id, github_user_id, username),
    UPDATE (username) ON public.github_accounts TO trust_app;
  GRANT SELECT,
    INSERT (lab_session_id, repo_url, default_branch),
    UPDATE (default_branch) ON public.github_repo_mappings TO trust_app;

  GRANT SELECT,
    INSERT (key, enabled, description),
    UPDATE (enabled, description) ON public.feature_flags TO trust_app;
  GRANT SELECT,
    INSERT (user_id, plan),
    UPDATE (plan, status) ON public.subscriptions TO trust_app;

  GRANT SELECT,
    INSERT (schema_version, actor_type, actor_id, on_behalf_of, action, outcome, reason_code,
            entity_type, entity_id, metadata, context) ON public.audit_logs TO trust_app;
  GRANT USAGE ON SEQUENCE trust.audit_logs_id_seq TO trust_app;
  -- What it was refused.
  GRANT EXECUTE ON FUNCTION
    trust.count_denial(text, text, text, text, text, text, text),
    trust.record_denial(text, text, text, text, text, text, text, text, jsonb) TO trust_app;
  -- What it kept in its spool while the log did not take it.
  GRANT EXECUTE ON FUNCTION
    trust.server_identity(),
    trust.replay_audit_events(uuid, text, jsonb) TO trust_app;
END
$$;

-- from: grants/trust_reader.sql
-- Purpose: reading everything that is a record; of a sign-in session all but the hash of its token.
-- Columns of auth_sessions one by one, because a right on the table would hold for the hash as well.
DO $$
BEGIN
  IF to_regrole('trust_reader') IS NULL THEN
    RETURN;
  END IF;
  GRANT USAGE ON SCHEMA public TO trust_reader;
  GRANT SELECT ON
    public.users, public.auth_identities, public.lessons, public.lesson_versions, public.labs,
    public.lab_versions, public.lab_sessions, public.verification_attempts, public.proof_artifacts,
    public.github_accounts, public.github_repo_mappings, public.audit_logs, public.feature_flags,
    public.subscriptions TO trust_reader;
  GRANT SELECT (id, user_id, expires_at, last_seen_at, revoked_at, ip_address, user_agent, created_at, updated_at)
    ON public.auth_sessions TO trust_reader;
  -- An auditor computes the hash of a version anew, and sees early that the audit log runs out of segments, and how much
  -- was refused.
  GRANT EXECUTE ON FUNCTION trust.jsonb_sha256(jsonb), trust.audit_segments_ahead(), trust.refusals() TO trust_reader;
END
$$;

-- from: grants/trust_archiver.sql
-- Purpose: maintenance of the audit log: reading events and making segments ahead.
DO $$
BEGIN
  IF to_regrole('trust_archiver') IS NULL THEN
    RETURN;
  END IF;
  -- What is old is read before it goes to cold storage: events, and where the evidence lies.
  GRANT USAGE ON SCHEMA public TO trust_archiver;
  GRANT SELECT ON public.audit_logs, public.proof_artifacts TO trust_archiver;
  -- `trust-models maintain`, and how much was refused.
  GRANT EXECUTE ON FUNCTION trust.ensure_audit_segments(integer), trust.refusals() TO trust_archiver;
END
$$;
