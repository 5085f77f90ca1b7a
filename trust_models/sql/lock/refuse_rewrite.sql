-- Purpose: no table of ours is rewritten while the schema is locked: ALTER COLUMN TYPE to the same type USING another
-- value replaces every record, fires no trigger of the table and leaves the catalogue as it was.
DROP EVENT TRIGGER IF EXISTS trust_lock_rewrite;
CREATE OR REPLACE FUNCTION trust.refuse_rewrite() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  rewritten text := (SELECT oid::regclass FROM pg_catalog.pg_class
    WHERE oid = pg_catalog.pg_event_trigger_table_rewrite_oid() AND relnamespace::regnamespace::text IN ('public', 'trust'));
BEGIN
  IF rewritten IS NULL OR NOT EXISTS (SELECT FROM trust.schema_lock)
    OR EXISTS (SELECT FROM trust.schema_lock_passes WHERE tx_id = pg_catalog.pg_current_xact_id_if_assigned()) THEN
    RETURN;
  END IF;
  BEGIN
    PERFORM trust.record_refusal('42T01', substring(rewritten FROM '[a-z_0-9]+$'), 'ddl',
      pg_catalog.jsonb_build_object('command', TG_TAG, 'changes', 'rewritten ' || rewritten));
  EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
  END;
  RAISE EXCEPTION USING
    ERRCODE = '42T01',
    MESSAGE = pg_catalog.format('%s is refused: the schema is locked (rewritten table %s).', TG_TAG, rewritten),
    HINT = 'Ask for an override: `trust-models lock request`.',
    SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_engaged';
END
$$;
ALTER FUNCTION trust.refuse_rewrite() OWNER TO trust_guard;
REVOKE ALL ON FUNCTION trust.refuse_rewrite() FROM PUBLIC;
CREATE EVENT TRIGGER trust_lock_rewrite ON table_rewrite EXECUTE FUNCTION trust.refuse_rewrite();
ALTER EVENT TRIGGER trust_lock_rewrite ENABLE ALWAYS;
