-- Purpose: the database alone says which event this is, in which transaction, when, and under which role.
-- The id is the partition key, which a BEFORE trigger cannot change, so one that does not come from the
-- sequence is refused. The time is the clock's: a transaction held open cannot backdate its events.
CREATE OR REPLACE FUNCTION trust.assign_audit_log() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NEW.id IS DISTINCT FROM pg_catalog.currval('trust.audit_logs_id_seq') THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T02',
      MESSAGE = 'audit_logs.id is assigned by the database.',
      HINT = 'Leave id out.',
      SCHEMA = 'public', TABLE = 'audit_logs', COLUMN = 'id', CONSTRAINT = 'audit_logs_id_order';
  END IF;
  IF NEW.actor_type IS NULL OR (NEW.actor_type IN ('USER', 'SERVICE') AND coalesce(NEW.actor_id, '') ~ '^[[:space:]]*$') THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T05',
      MESSAGE = 'An audit event says who acts, and this one does not.',
      HINT = 'Give actor_type, and actor_id for a USER or a SERVICE.',
      SCHEMA = 'public', TABLE = 'audit_logs', CONSTRAINT = 'audit_logs_actor_required';
  END IF;

  NEW.tx_id := pg_catalog.pg_current_xact_id();
  NEW.created_at := pg_catalog.clock_timestamp();
  NEW.context := NEW.context || pg_catalog.jsonb_build_object(
    'database_role', coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user::text),
    'database_login', session_user::text);
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_audit_log() FROM PUBLIC;
