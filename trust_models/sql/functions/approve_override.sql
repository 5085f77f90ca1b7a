-- Purpose: gives the permission, for the text that the approver has read: he states its hash. The trigger of the
-- table says who may.
CREATE OR REPLACE FUNCTION trust.approve_override(override uuid, sql_sha256 text, valid_for interval DEFAULT '1 hour')
  RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  asked public.schema_lock_overrides := trust.open_override(override);
BEGIN
  IF asked.sql_sha256 IS DISTINCT FROM sql_sha256 THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'The override is for another text than the one that was read.',
      HINT = 'Compare the SHA-256 of both.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_sql_sha256';
  END IF;
  IF valid_for IS NULL OR valid_for <= interval '0' OR valid_for > interval '24 hours' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'An override is good for at most 24 hours.',
      HINT = 'State a shorter time.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_expires_at';
  END IF;
  UPDATE public.schema_lock_overrides AS overrides
  SET approved_by = session_user, approved_at = pg_catalog.clock_timestamp(), expires_at = pg_catalog.clock_timestamp() + valid_for
  WHERE overrides.id = asked.id;
  PERFORM trust.record_lock_event('schema_lock_override.approve', 'schema_lock_override', asked.id::text,
    pg_catalog.jsonb_build_object('migration', asked.migration, 'sql_sha256', asked.sql_sha256, 'reason', asked.reason,
      'requested_by', asked.requested_by, 'valid_for', valid_for));
END
$$;
REVOKE ALL ON FUNCTION trust.approve_override(uuid, text, interval) FROM PUBLIC;
