-- Purpose: trust.refuse_schema_change cannot see that it was itself replaced, nor that the function was which it looks
-- through. This one compares those definitions alone, and is in turn watched by the other.
-- That the five functions of event triggers repeat how they refuse is meant: one that they shared could be replaced, and
-- would keep silent about just that.
DROP EVENT TRIGGER IF EXISTS trust_lock_self;
CREATE OR REPLACE FUNCTION trust.refuse_lock_change() RETURNS event_trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  replaced text;
BEGIN
  BEGIN
    IF NOT EXISTS (SELECT FROM trust.schema_lock)
      OR EXISTS (SELECT FROM trust.schema_lock_passes WHERE tx_id = pg_catalog.pg_current_xact_id_if_assigned()) THEN
      RETURN;
    END IF;
    SELECT pg_catalog.string_agg(name, ', ') INTO replaced
    FROM pg_catalog.unnest(ARRAY['trust.refuse_schema_change()', 'trust.schema_catalogue()', 'trust.refuse_cascade()',
      'trust.refuse_drop()', 'trust.refuse_rewrite()']) AS name
    LEFT JOIN trust.schema_lock_baseline AS baseline USING (name)
    WHERE coalesce(baseline.kind, 'function') = 'function'
      AND baseline.definition IS DISTINCT FROM pg_catalog.pg_get_functiondef(pg_catalog.to_regprocedure(name));
  EXCEPTION WHEN undefined_table OR undefined_column OR undefined_function OR invalid_schema_name OR insufficient_privilege
  THEN
    replaced := 'the lock itself';
  END;
  IF replaced IS NOT NULL THEN
    BEGIN
      PERFORM trust.record_refusal('42T01', 'schema', 'ddl',
        pg_catalog.jsonb_build_object('command', TG_TAG, 'changes', replaced));
    EXCEPTION WHEN OTHERS THEN
      RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
    END;
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('%s is refused: the schema is locked (changed function %s).', TG_TAG, replaced),
      HINT = 'Ask for an override: `trust-models lock request`.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_engaged';
  END IF;
END
$$;
ALTER FUNCTION trust.refuse_lock_change() OWNER TO trust_guard;
REVOKE ALL ON FUNCTION trust.refuse_lock_change() FROM PUBLIC;
CREATE EVENT TRIGGER trust_lock_self ON ddl_command_end EXECUTE FUNCTION trust.refuse_lock_change();
ALTER EVENT TRIGGER trust_lock_self ENABLE ALWAYS;
