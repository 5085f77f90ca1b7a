-- Purpose: lets this transaction through the lock, until trust.close_lock_pass, and returns the schema as it is before.
-- NULL if there is nothing to open: the schema is not locked, or whoever called has opened it.
-- One at a time, so that the difference between before and after is this transaction's own work.
CREATE OR REPLACE FUNCTION trust.open_lock_pass() RETURNS jsonb
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM trust.schema_lock) THEN
    RETURN NULL;
  END IF;
  LOCK TABLE trust.schema_lock_passes IN EXCLUSIVE MODE;
  INSERT INTO trust.schema_lock_passes (tx_id) VALUES (pg_catalog.pg_current_xact_id()) ON CONFLICT DO NOTHING;
  RETURN CASE WHEN FOUND THEN trust.catalogue_snapshot() END;
END
$$;
REVOKE ALL ON FUNCTION trust.open_lock_pass() FROM PUBLIC;
