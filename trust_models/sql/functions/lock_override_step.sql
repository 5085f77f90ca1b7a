-- Purpose: which step of an override's life a change is: approve, use or revoke; NULL if it is none of them.
-- Only the columns of that step may differ.
CREATE OR REPLACE FUNCTION trust.lock_override_step(was public.schema_lock_overrides, is_now public.schema_lock_overrides)
  RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  step text := CASE
    WHEN was.used_at IS NOT NULL OR was.revoked_at IS NOT NULL THEN NULL
    WHEN is_now.revoked_at IS NOT NULL THEN 'revoke'
    WHEN was.approved_at IS NULL AND is_now.approved_at IS NOT NULL THEN 'approve'
    WHEN was.expires_at > pg_catalog.clock_timestamp() AND is_now.used_at IS NOT NULL THEN 'use'
  END;
  own text[] := CASE step
    WHEN 'approve' THEN ARRAY['approved_by', 'approved_at', 'expires_at']
    WHEN 'use' THEN ARRAY['used_at', 'used_tx']
    WHEN 'revoke' THEN ARRAY['revoked_by', 'revoked_at']
  END || ARRAY['updated_at'];
BEGIN
  RETURN CASE WHEN pg_catalog.to_jsonb(was) - own = pg_catalog.to_jsonb(is_now) - own THEN step END;
END
$$;
REVOKE ALL ON FUNCTION trust.lock_override_step(public.schema_lock_overrides, public.schema_lock_overrides) FROM PUBLIC;
