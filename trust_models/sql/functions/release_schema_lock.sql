-- Purpose: the first step of releasing the lock: uses the override for the text of a release, and returns to whom
-- everything goes back. An administrator moves it, in the same transaction.
CREATE OR REPLACE FUNCTION trust.release_schema_lock(sql text) RETURNS trust.schema_lock
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  used public.schema_lock_overrides := trust.use_override(sql);
  released trust.schema_lock;
BEGIN
  DELETE FROM trust.schema_lock RETURNING * INTO released;
  IF NOT FOUND OR used.migration <> 'release' THEN
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'RELEASE');
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = 'This is no release: the schema is not locked, or the override is for a migration.',
      HINT = 'Ask for one: `trust-models lock request --release`.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_release';
  END IF;
  DELETE FROM trust.schema_lock_baseline;
  PERFORM trust.record_lock_event('schema_lock.release', 'schema_lock', pg_catalog.current_database()::text,
    pg_catalog.jsonb_build_object('override', used.id, 'reason', used.reason, 'approved_by', used.approved_by));
  RETURN released;
END
$$;
REVOKE ALL ON FUNCTION trust.release_schema_lock(text) FROM PUBLIC;
