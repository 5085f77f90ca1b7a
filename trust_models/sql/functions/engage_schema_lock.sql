-- Purpose: the last step of engaging the lock, once everything belongs to the guard: who, when, the baseline. Overrides
-- that are still open are revoked, because nothing has kept the previous owner from writing them himself.
-- SECURITY DEFINER, though the guard calls it for itself: in there nobody can become the administrator again, whatever
-- function of the previous owner's might have come in at the last moment.
CREATE OR REPLACE FUNCTION trust.engage_schema_lock(previous_owner regrole, previous_database_owner regrole) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  revoked public.schema_lock_overrides;
BEGIN
  INSERT INTO trust.schema_lock (engaged_by, previous_owner, previous_database_owner)
  VALUES (session_user, engage_schema_lock.previous_owner, engage_schema_lock.previous_database_owner);
  DELETE FROM trust.schema_lock_passes;
  DELETE FROM trust.schema_lock_baseline;
  INSERT INTO trust.schema_lock_baseline (kind, name, definition)
  SELECT kind, name, definition FROM trust.schema_catalogue();
  FOR revoked IN
    UPDATE public.schema_lock_overrides AS overrides SET revoked_by = session_user, revoked_at = pg_catalog.clock_timestamp()
    WHERE overrides.used_at IS NULL AND overrides.revoked_at IS NULL RETURNING *
  LOOP
    PERFORM trust.record_lock_event('schema_lock_override.revoke', 'schema_lock_override', revoked.id::text,
      pg_catalog.jsonb_build_object('migration', revoked.migration, 'sql_sha256', revoked.sql_sha256));
  END LOOP;
  PERFORM trust.record_lock_event('schema_lock.engage', 'schema_lock', pg_catalog.current_database()::text,
    pg_catalog.jsonb_build_object('previous_owner', previous_owner, 'previous_database_owner', previous_database_owner));
END
$$;
REVOKE ALL ON FUNCTION trust.engage_schema_lock(regrole, regrole) FROM PUBLIC;
