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
