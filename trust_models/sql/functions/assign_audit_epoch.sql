-- Purpose: epochs come one after the other; each says where and when it began.
CREATE OR REPLACE FUNCTION trust.assign_audit_epoch() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.number := (SELECT coalesce(pg_catalog.max(number) + 1, 0) FROM trust.audit_epochs);
  NEW.first_leaf := (SELECT size FROM trust.audit_ledger);
  NEW.server_identity := trust.server_identity();
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_audit_epoch() FROM PUBLIC;
