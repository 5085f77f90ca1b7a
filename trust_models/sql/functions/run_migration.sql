-- Purpose: runs one text that an override allows, as the owner of the locked objects, and asserts that it has changed
-- the schema and nothing else. The text gets no more than the owner's rights: PostgreSQL lets nobody leave the role
-- of a SECURITY DEFINER function, and its counters of writes cannot be switched off by the owner. The settings are those
-- by which a text could mean something else than what was approved.
CREATE OR REPLACE FUNCTION trust.run_migration(sql text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET standard_conforming_strings = on SET check_function_bodies = on SET default_tablespace = ''
AS $$
DECLARE
  before jsonb := trust.open_lock_pass();
  evidence jsonb;
  guard text;
BEGIN
  IF before IS NULL OR NOT pg_catalog.current_setting('track_counts')::boolean THEN
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'EXECUTE');
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = 'An override is used while the schema is locked, on its own, and with the setting track_counts on.',
      HINT = 'See `trust-models lock status`.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_run';
  END IF;
  IF (trust.use_override(sql)).migration = 'release' THEN
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'EXECUTE');
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = 'A release is no migration.',
      HINT = 'Run `trust-models lock release` as an administrator.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_run';
  END IF;
  evidence := trust.evidence_state();
  guard := pg_catalog.pg_get_functiondef('trust.refuse_mutation()'::regprocedure);

  PERFORM pg_catalog.set_config('search_path', 'public, pg_temp', true);
  EXECUTE sql;
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

  PERFORM trust.check_evidence(evidence);
  IF guard <> pg_catalog.pg_get_functiondef('trust.refuse_mutation()'::regprocedure) THEN
    PERFORM trust.check_guard();
  END IF;
  PERFORM trust.close_lock_pass(before);
END
$$;
REVOKE ALL ON FUNCTION trust.run_migration(text) FROM PUBLIC;
