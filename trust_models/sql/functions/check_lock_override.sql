-- Purpose: the life of an override, for everybody: it is asked for, then approved or revoked, then used or revoked,
-- and nothing else about it changes. Who does each step is the login, whatever a writer states.
-- SECURITY DEFINER: whether somebody may migrate is looked up with the owner's rights.
CREATE OR REPLACE FUNCTION trust.check_lock_override() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  step text;
BEGIN
  IF TG_OP = 'INSERT' AND pg_catalog.num_nonnulls(NEW.approved_at, NEW.used_at, NEW.revoked_at) = 0 THEN
    NEW.requested_by := session_user;
    NEW.created_at := pg_catalog.clock_timestamp();
    NEW.updated_at := NEW.created_at;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    step := trust.lock_override_step(OLD, NEW);
  END IF;
  IF step = 'approve' THEN
    PERFORM trust.check_lock_approver(NEW.requested_by);
    NEW.approved_by := session_user;
    NEW.approved_at := pg_catalog.clock_timestamp();
  ELSIF step = 'use' THEN
    NEW.used_at := pg_catalog.clock_timestamp();
    NEW.used_tx := pg_catalog.pg_current_xact_id();
  ELSIF step = 'revoke' THEN
    NEW.revoked_by := session_user;
    NEW.revoked_at := pg_catalog.clock_timestamp();
  ELSE
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = pg_catalog.format('%s is refused: an override is approved, used or revoked, in this order and once.', TG_OP),
      HINT = 'Ask for another override: `trust-models lock request`.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_state';
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.check_lock_override() FROM PUBLIC;
