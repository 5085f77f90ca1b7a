-- Purpose: finds an override that is to be approved or revoked, and keeps others from it until the end.
CREATE OR REPLACE FUNCTION trust.open_override(override uuid) RETURNS public.schema_lock_overrides
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_one public.schema_lock_overrides;
BEGIN
  SELECT * INTO found_one FROM public.schema_lock_overrides AS overrides
  WHERE overrides.id = override AND overrides.used_at IS NULL AND overrides.revoked_at IS NULL
  FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'There is no open override of this id.',
      HINT = 'See `trust-models lock status`.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_open';
  END IF;
  RETURN found_one;
END
$$;
REVOKE ALL ON FUNCTION trust.open_override(uuid) FROM PUBLIC;
