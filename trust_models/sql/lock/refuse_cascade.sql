-- Purpose: some commands can drop the functions of the event triggers, and the event triggers with them, before any of
-- them looks. While the schema is locked they are refused at their start, whatever they are about.
DROP EVENT TRIGGER IF EXISTS trust_lock_cascade;
CREATE OR REPLACE FUNCTION trust.refuse_cascade() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM trust.schema_lock)
    OR EXISTS (SELECT FROM trust.schema_lock_passes WHERE tx_id = pg_catalog.pg_current_xact_id_if_assigned()) THEN
    RETURN;
  END IF;
  BEGIN
    PERFORM trust.record_refusal('42T01', 'schema', 'ddl',
      pg_catalog.jsonb_build_object('command', TG_TAG));
  EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
  END;
  RAISE EXCEPTION USING
    ERRCODE = '42T01',
    MESSAGE = pg_catalog.format('%s is refused: the schema is locked, and this could take the lock along.', TG_TAG),
    HINT = 'Ask for an override: `trust-models lock request`.',
    SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_engaged';
END
$$;
ALTER FUNCTION trust.refuse_cascade() OWNER TO trust_guard;
REVOKE ALL ON FUNCTION trust.refuse_cascade() FROM PUBLIC;
CREATE EVENT TRIGGER trust_lock_cascade ON ddl_command_start
  WHEN TAG IN ('DROP SCHEMA', 'DROP FUNCTION', 'DROP ROUTINE', 'DROP OWNED', 'DROP EXTENSION', 'DROP LANGUAGE')
  EXECUTE FUNCTION trust.refuse_cascade();
ALTER EVENT TRIGGER trust_lock_cascade ENABLE ALWAYS;
