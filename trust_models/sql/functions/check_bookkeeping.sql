-- Purpose: while the schema is locked, Aerich writes down only what an override has just let it do: in the same
-- transaction, and under the name of that migration. Otherwise a migration could be marked as applied or as gone
-- without having been run.
-- SECURITY DEFINER: the overrides are looked up with the owner's rights.
CREATE OR REPLACE FUNCTION trust.check_bookkeeping() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM trust.schema_lock) AND NOT EXISTS (
    SELECT FROM public.schema_lock_overrides AS overrides
    WHERE overrides.used_tx = pg_catalog.pg_current_xact_id()
      AND overrides.migration = CASE TG_OP WHEN 'INSERT' THEN NEW.version WHEN 'DELETE' THEN OLD.version END
  ) THEN
    PERFORM trust.record_refusal('42T01', TG_TABLE_NAME, TG_OP);
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('%s is refused: the schema is locked, and no override was used for it.', TG_OP),
      HINT = 'Ask for an override: `trust-models lock request`.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_bookkeeping';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
REVOKE ALL ON FUNCTION trust.check_bookkeeping() FROM PUBLIC;
