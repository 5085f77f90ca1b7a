-- Purpose: begins a new epoch of the ledger, in a database that was restored into another cluster. Writers are kept out for
-- the moment in which it begins: what they write afterwards bears transaction ids of this cluster, and ids above.
CREATE OR REPLACE FUNCTION trust.start_audit_epoch(ledger trust.audit_ledger) RETURNS trust.audit_ledger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  above bigint;
BEGIN
  LOCK TABLE public.audit_logs IN SHARE MODE;
  SELECT greatest(pg_catalog.max(id), pg_catalog.pg_sequence_last_value('trust.audit_logs_id_seq'), 0) INTO above
  FROM public.audit_logs;
  INSERT INTO trust.audit_epochs (above_id) VALUES (above);
  ledger.sealed_tx := '0';
  ledger.sealed_id := above;
  ledger.backlog_id := 0;
  INSERT INTO public.audit_logs (actor_type, actor_id, action, outcome, entity_type, entity_id, metadata)
  VALUES ('SYSTEM', session_user, 'audit_ledger.rebase', 'SUCCESS', 'audit_ledger', ledger.size::text,
    pg_catalog.jsonb_build_object('above_id', above));
  RETURN ledger;
END
$$;
REVOKE ALL ON FUNCTION trust.start_audit_epoch(trust.audit_ledger) FROM PUBLIC;
