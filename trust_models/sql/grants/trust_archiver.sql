-- Purpose: maintenance of the audit log: reading events and making segments ahead.
DO $$
BEGIN
  IF to_regrole('trust_archiver') IS NULL THEN
    RETURN;
  END IF;
  GRANT USAGE ON SCHEMA public, trust TO trust_archiver;
  GRANT SELECT ON public.audit_logs, public.proof_artifacts TO trust_archiver;
  GRANT EXECUTE ON FUNCTION trust.audit_segments_ahead(), trust.ensure_audit_segments(integer) TO trust_archiver;
END
$$;
