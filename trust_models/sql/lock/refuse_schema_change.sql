-- Purpose: the second wall of the lock: after each command, whoever gave it, the schema is what its baseline says.
DROP EVENT TRIGGER IF EXISTS trust_lock_change;
CREATE OR REPLACE FUNCTION trust.refuse_schema_change() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_changes text;
BEGIN
  BEGIN
    IF NOT EXISTS (SELECT FROM trust.schema_lock)
      OR EXISTS (SELECT FROM trust.schema_lock_passes WHERE tx_id = pg_catalog.pg_current_xact_id_if_assigned()) THEN
      RETURN;
    END IF;
    SELECT pg_catalog.string_agg(change, ', ') INTO found_changes
    FROM (
      SELECT CASE WHEN is_now.definition IS NULL THEN 'missing' WHEN was.definition IS NULL THEN 'unknown' ELSE 'changed' END
        || pg_catalog.format(' %s %s', kind, name) AS change
      FROM trust.schema_lock_baseline AS was FULL JOIN trust.schema_catalogue() AS is_now USING (kind, name)
      WHERE was.definition IS DISTINCT FROM is_now.definition
      ORDER BY kind, name LIMIT 5) AS changes;
  EXCEPTION WHEN undefined_table OR undefined_column OR undefined_function OR invalid_schema_name OR insufficient_privilege
  THEN
    found_changes := 'the lock itself';
  END;
  IF found_changes IS NOT NULL THEN
    BEGIN
      PERFORM trust.record_refusal('42T01', substring(found_changes FROM '(?:public|trust)[.]([a-z_0-9]+)'), 'ddl',
        pg_catalog.jsonb_build_object('command', TG_TAG, 'changes', found_changes));
    EXCEPTION WHEN OTHERS THEN
      RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
    END;
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('%s is refused: the schema is locked (%s).', TG_TAG, found_changes),
      HINT = 'Ask for an override: `trust-models lock request`.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_engaged';
  END IF;
END
$$;
ALTER FUNCTION trust.refuse_schema_change() OWNER TO trust_guard;
REVOKE ALL ON FUNCTION trust.refuse_schema_change() FROM PUBLIC;
CREATE EVENT TRIGGER trust_lock_change ON ddl_command_end EXECUTE FUNCTION trust.refuse_schema_change();
ALTER EVENT TRIGGER trust_lock_change ENABLE ALWAYS;
