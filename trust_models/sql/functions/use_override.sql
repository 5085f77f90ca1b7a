-- Purpose: uses up the permission for exactly this text, and returns it. Of two at once, one waits and finds it used.
CREATE OR REPLACE FUNCTION trust.use_override(sql text) RETURNS public.schema_lock_overrides
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  hash text := pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(sql, 'UTF8')), 'hex');
  used public.schema_lock_overrides;
  last_state text;
BEGIN
  SELECT * INTO used FROM public.schema_lock_overrides AS overrides
  WHERE overrides.sql_sha256 = hash AND overrides.expires_at > pg_catalog.clock_timestamp()
    AND overrides.used_at IS NULL AND overrides.revoked_at IS NULL
  ORDER BY overrides.expires_at LIMIT 1 FOR UPDATE;
  IF NOT FOUND THEN
    SELECT CASE
        WHEN overrides.revoked_at IS NOT NULL THEN 'the last one was revoked'
        WHEN overrides.used_at IS NOT NULL THEN 'the last one was used'
        WHEN overrides.approved_at IS NULL THEN 'the last one waits for its approval'
        ELSE 'the last one has expired'
      END INTO last_state
    FROM public.schema_lock_overrides AS overrides
    WHERE overrides.sql_sha256 = hash ORDER BY overrides.created_at DESC LIMIT 1;
    PERFORM trust.record_refusal('42T01', 'schema_lock_overrides', 'EXECUTE', pg_catalog.jsonb_build_object('sql_sha256', hash));
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('The schema is locked, and no override allows this text (SHA-256 %s): %s.',
        coalesce(hash, 'of nothing'), coalesce(last_state, 'nobody has asked for one')),
      HINT = 'Ask for an override: `trust-models lock request`.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_required';
  END IF;
  UPDATE public.schema_lock_overrides AS overrides
  SET used_at = pg_catalog.clock_timestamp(), used_tx = pg_catalog.pg_current_xact_id()
  WHERE overrides.id = used.id;
  PERFORM trust.record_lock_event('schema_lock_override.use', 'schema_lock_override', used.id::text,
    pg_catalog.jsonb_build_object('migration', used.migration, 'sql_sha256', used.sql_sha256, 'reason', used.reason,
      'requested_by', used.requested_by, 'approved_by', used.approved_by));
  RETURN used;
END
$$;
REVOKE ALL ON FUNCTION trust.use_override(text) FROM PUBLIC;
