-- Purpose: asks for permission to run one text once, for whoever migrates.
CREATE OR REPLACE FUNCTION trust.request_override(migration text, sql_sha256 text, reason text) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  made uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM trust.schema_lock) THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'The schema is not locked.',
      HINT = 'No override is needed: run `trust-models upgrade`.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_engaged';
  END IF;
  INSERT INTO public.schema_lock_overrides (migration, sql_sha256, reason, requested_by)
  VALUES (request_override.migration, request_override.sql_sha256, request_override.reason, session_user)
  RETURNING id INTO made;
  PERFORM trust.record_lock_event('schema_lock_override.request', 'schema_lock_override', made::text,
    pg_catalog.jsonb_build_object('migration', migration, 'sql_sha256', sql_sha256, 'reason', reason));
  RETURN made;
END
$$;
REVOKE ALL ON FUNCTION trust.request_override(text, text, text) FROM PUBLIC;
