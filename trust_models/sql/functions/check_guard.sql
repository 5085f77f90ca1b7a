-- Purpose: the guard still refuses: an UPDATE of no row is tried on every table that has it.
CREATE OR REPLACE FUNCTION trust.check_guard() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  guarded record;
BEGIN
  FOR guarded IN
    SELECT DISTINCT tgrelid::regclass AS name, (SELECT attname FROM pg_catalog.pg_attribute
      WHERE attrelid = tgrelid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' LIMIT 1) AS field
    FROM pg_catalog.pg_trigger WHERE tgfoid = 'trust.refuse_mutation'::regproc
  LOOP
    BEGIN
      EXECUTE pg_catalog.format('UPDATE %s SET %I = %2$I WHERE false', guarded.name, guarded.field);
    EXCEPTION WHEN SQLSTATE '23T01' THEN
      CONTINUE;
    END;
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'EXECUTE', pg_catalog.jsonb_build_object('guard', guarded.name));
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('The guard of %s would refuse no more.', guarded.name),
      HINT = 'Mend trust.refuse_mutation() in the migration, and ask for an override of the new text.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_guard';
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION trust.check_guard() FROM PUBLIC;
