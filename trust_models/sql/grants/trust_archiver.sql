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
