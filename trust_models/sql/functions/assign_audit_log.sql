-- Purpose: the database alone says which event this is, in which transaction, when, and under which role; and what an
-- event must say. The id is the partition key, which a BEFORE trigger cannot change, so one that does not come from the
-- sequence is refused. The time is the clock's: a transaction held open cannot backdate its events.
-- The rules about the form of an event stand here and not in CHECKs of the table: PostgreSQL reads the text of every
-- CHECK anew with each statement, which took longer than writing the row. One expression decides; it is planned once.
CREATE OR REPLACE FUNCTION trust.assign_audit_log() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  broken CONSTANT text := CASE
    WHEN NEW.id IS DISTINCT FROM pg_catalog.currval('trust.audit_logs_id_seq') THEN 'audit_logs_id_order'
    WHEN NEW.actor_type IS NULL
      OR (NEW.actor_type IN ('USER', 'SERVICE') AND coalesce(NEW.actor_id, '') !~ '[^[:space:]]')
      THEN 'audit_logs_actor_required'
    WHEN NEW.schema_version <= 0 THEN 'audit_logs_schema_version_ck'
    WHEN NEW.action !~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*)+$' THEN 'audit_logs_action_ck'
    WHEN NEW.outcome <> 'SUCCESS' AND coalesce(NEW.reason_code, '') !~ '[^[:space:]]' THEN 'audit_logs_reason_code_ck'
    WHEN NEW.entity_type !~ '^[a-z][a-z0-9_]*$' THEN 'audit_logs_entity_type_ck'
    WHEN pg_catalog.jsonb_typeof(NEW.metadata) <> 'object' THEN 'audit_logs_metadata_ck'
    WHEN pg_catalog.jsonb_typeof(NEW.context) <> 'object' THEN 'audit_logs_context_ck'
    WHEN NEW.context ? 'captured' THEN
      -- Only a trigger of the log's own owner writes what it saw changing: capture, which no service can call.
      CASE WHEN pg_catalog.pg_trigger_depth() < 2 OR NOT pg_catalog.has_table_privilege(TG_RELID, 'TRIGGER')
        THEN 'audit_logs_captured_origin' END
    -- What is captured is as long as the rows are.
    WHEN pg_catalog.pg_column_size(NEW.metadata) > 1048576 THEN 'audit_logs_metadata_size_ck'
    WHEN pg_catalog.pg_column_size(NEW.context) > 1048576 THEN 'audit_logs_context_size_ck'
  END;
BEGIN
  IF broken = 'audit_logs_id_order' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T02',
      MESSAGE = 'audit_logs.id is assigned by the database.',
      HINT = 'Leave id out.',
      SCHEMA = 'public', TABLE = 'audit_logs', COLUMN = 'id', CONSTRAINT = 'audit_logs_id_order';
  ELSIF broken = 'audit_logs_actor_required' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T05',
      MESSAGE = 'An audit event says who acts, and this one does not.',
      HINT = 'Give actor_type, and actor_id for a USER or a SERVICE.',
      SCHEMA = 'public', TABLE = 'audit_logs', CONSTRAINT = 'audit_logs_actor_required';
  ELSIF broken = 'audit_logs_captured_origin' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T04',
      MESSAGE = 'Only the trigger of a table records a captured change, and no such change was made.',
      HINT = 'Leave "captured" out of the context.',
      SCHEMA = 'public', TABLE = 'audit_logs', COLUMN = 'context', CONSTRAINT = 'audit_logs_captured_origin';
  ELSIF broken IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = '23514',
      MESSAGE = pg_catalog.format('new row for relation "audit_logs" violates check constraint "%s"', broken),
      SCHEMA = 'public', TABLE = 'audit_logs', CONSTRAINT = broken;
  END IF;

  NEW.tx_id := pg_catalog.pg_current_xact_id();
  NEW.created_at := pg_catalog.clock_timestamp();
  NEW.context := NEW.context || pg_catalog.jsonb_object(ARRAY[
    'database_role', coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user::text),
    'database_login', session_user::text]);
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_audit_log() FROM PUBLIC;
