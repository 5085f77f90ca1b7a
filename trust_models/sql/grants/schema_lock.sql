-- Purpose: who approves overrides reads and decides them; who reads records reads the state of the lock, too. What the
-- role that migrates still needs under the lock, it gets when the lock is engaged.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['trust_approver', 'trust_reader'] LOOP
    CONTINUE WHEN to_regrole(name) IS NULL;
    EXECUTE format('GRANT SELECT ON public.schema_lock_overrides, trust.schema_lock_baseline TO %I', name);
  END LOOP;
  IF to_regrole('trust_approver') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA public TO trust_approver;
    GRANT EXECUTE ON FUNCTION trust.approve_override(uuid, text, interval), trust.revoke_override(uuid)
      TO trust_approver;
  END IF;
END
$$;
