-- Purpose: nothing in our schemas is dropped while they are locked. One command may drop a column and add the like of
-- it, empty: afterwards the catalogue is the same, so the comparison alone would not see it.
DROP EVENT TRIGGER IF EXISTS trust_lock_drop;
CREATE OR REPLACE FUNCTION trust.refuse_drop() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  dropped text;
BEGIN
  SELECT pg_catalog.string_agg(identity, ', ') INTO dropped
  FROM (
    SELECT object_type || ' ' || object_identity AS identity FROM pg_catalog.pg_event_trigger_dropped_objects()
    WHERE schema_name IN ('public', 'trust') AND NOT is_temporary
    ORDER BY original DESC LIMIT 3) AS first_ones;
  IF dropped IS NULL THEN
    RETURN;
  END IF;
  BEGIN
    IF NOT EXISTS (SELECT FROM trust.schema_lock)
      OR EXISTS (SELECT FROM trust.schema_lock_passes WHERE tx_id = pg_catalog.pg_current_xact_id_if_assigned()) THEN
      RETURN;
    END IF;
  EXCEPTION WHEN undefined_table OR undefined_column OR invalid_schema_name OR insufficient_privilege THEN
    dropped := 'the lock itself';
  END;
  BEGIN
    PERFORM trust.record_refusal('42T01', substring(dropped FROM '(?:public|trust)[.]([a-z_0-9]+)'), 'ddl',
      pg_catalog.jsonb_build_object('command', TG_TAG, 'changes', dropped));
  EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
  END;
  RAISE EXCEPTION USING
    ERRCODE = '42T01',
    MESSAGE = pg_catalog.format('%s is refused: the schema is locked (dropped %s).', TG_TAG, dropped),
    HINT = 'Ask for an override: `trust-models lock request`.',
    SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_engaged';
END
$$;
ALTER FUNCTION trust.refuse_drop() OWNER TO trust_guard;
REVOKE ALL ON FUNCTION trust.refuse_drop() FROM PUBLIC;
CREATE EVENT TRIGGER trust_lock_drop ON sql_drop EXECUTE FUNCTION trust.refuse_drop();
ALTER EVENT TRIGGER trust_lock_drop ENABLE ALWAYS;
