DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['trust_archiver', 'trust_reader'] LOOP
    CONTINUE WHEN to_regrole(name) IS NULL;
    EXECUTE format('REVOKE SELECT ON SEQUENCE trust.audit_logs_id_seq FROM %I', name);
  END LOOP;
END
$$;
DROP FUNCTION trust.seal_audit_log(integer);
DROP FUNCTION trust.start_audit_epoch(trust.audit_ledger);
DROP FUNCTION trust.append_leaves(trust.audit_ledger, bytea, bigint[]);
DROP TABLE public.audit_checkpoints;
DROP TABLE trust.audit_ledger;
DROP TABLE trust.audit_epochs;
DROP TABLE trust.audit_tiles;
DROP FUNCTION trust.assign_audit_checkpoint();
DROP FUNCTION trust.check_audit_ledger();
DROP FUNCTION trust.assign_audit_epoch();
DROP FUNCTION trust.assign_audit_tile();
DROP FUNCTION trust.audit_log_bytes(public.audit_logs);
DROP FUNCTION trust.ledger_root(bytea[]);
DROP FUNCTION trust.merkle_root(bytea);
DROP SEQUENCE
  trust.refused_audit_checkpoints_update, trust.refused_audit_checkpoints_delete,
  trust.refused_audit_checkpoints_truncate, trust.refused_audit_checkpoints_ddl;
