-- Purpose: who seals, a service or whoever maintains, calls the function and writes checkpoints; who reads events reads their
-- proof as well.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['trust_app', 'trust_archiver', 'trust_reader'] LOOP
    CONTINUE WHEN to_regrole(name) IS NULL;
    EXECUTE format('GRANT SELECT ON public.audit_checkpoints, trust.audit_tiles, trust.audit_epochs, trust.audit_ledger'
      ' TO %I', name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION trust.audit_log_bytes(public.audit_logs) TO %I', name);
    IF name <> 'trust_app' THEN  -- which may use the sequence, and so sees how far it is
      EXECUTE format('GRANT SELECT ON SEQUENCE trust.audit_logs_id_seq TO %I', name);
    END IF;
    CONTINUE WHEN name = 'trust_reader';
    EXECUTE format('GRANT INSERT (note) ON public.audit_checkpoints TO %I', name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION trust.seal_audit_log(integer), trust.ledger_root(bytea[]),'
      ' trust.merkle_root(bytea) TO %I', name);
  END LOOP;
END
$$;
