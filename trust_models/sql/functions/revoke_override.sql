-- Purpose: takes a permission or a request back before it is used: who asked may, and every approver.
CREATE OR REPLACE FUNCTION trust.revoke_override(override uuid) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  asked public.schema_lock_overrides := trust.open_override(override);
BEGIN
  IF session_user <> asked.requested_by AND NOT pg_catalog.pg_has_role(session_user, 'trust_approver', 'MEMBER') THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'Only who asked for an override and approvers may revoke it.',
      HINT = 'Ask one of them.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_revoker';
  END IF;
  UPDATE public.schema_lock_overrides AS overrides
  SET revoked_by = session_user, revoked_at = pg_catalog.clock_timestamp()
  WHERE overrides.id = asked.id;
  PERFORM trust.record_lock_event('schema_lock_override.revoke', 'schema_lock_override', asked.id::text,
    pg_catalog.jsonb_build_object('migration', asked.migration, 'sql_sha256', asked.sql_sha256));
END
$$;
REVOKE ALL ON FUNCTION trust.revoke_override(uuid) FROM PUBLIC;
