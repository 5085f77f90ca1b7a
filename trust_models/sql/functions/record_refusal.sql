-- Purpose: counts and logs what the database refuses, so that it leaves a trace although it is rolled back.
-- The counter is a sequence, which no rollback takes back; from PostgreSQL 17 on it is on disk before the refusal
-- is answered. The line in the log bears its number. SECURITY DEFINER: those who are refused have no right to either.
-- Never raises: the caller's own error must come out whatever has become of the counters, also where the transaction
-- has turned read-only or somebody holds a lock on them.
CREATE OR REPLACE FUNCTION trust.record_refusal(
  sqlstate text, table_name text, operation text, detail jsonb DEFAULT '{}') RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s'
AS $$
DECLARE
  counted_as CONSTANT text := CASE
    WHEN table_name ~ '^audit_segment_[0-9]+$' THEN 'audit_logs'
    ELSE table_name
  END;
  action CONSTANT text := pg_catalog.lower(operation);
  counters CONSTANT text[] := ARRAY[
    pg_catalog.concat('refused_', counted_as, '_', action), pg_catalog.concat('refused_schema_', action), 'refused_other'];
  counter text;
  number bigint;
BEGIN
  FOREACH counter IN ARRAY counters LOOP
    BEGIN
      number := pg_catalog.nextval(pg_catalog.to_regclass(pg_catalog.format('trust.%I', counter)));
    EXCEPTION WHEN OTHERS THEN
      number := NULL;  -- a line without a number says that nothing counted it
    END;
    EXIT WHEN number IS NOT NULL;
  END LOOP;

  BEGIN
    IF pg_catalog.current_setting('server_version_num')::integer >= 170000 THEN
      -- What a transaction that is rolled back has written is flushed later; this flushes it now.
      PERFORM pg_catalog.pg_logical_emit_message(false, 'trust_models', '', true);
    END IF;
  EXCEPTION WHEN OTHERS THEN
    number := number;  -- counted, if not flushed
  END;

  PERFORM trust.log_refusal(
    number, record_refusal.sqlstate, counted_as, action,
    detail || pg_catalog.jsonb_build_object('counter', counter, 'seen_by', 'database'));
EXCEPTION WHEN OTHERS THEN
  RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
END
$$;
REVOKE ALL ON FUNCTION trust.record_refusal(text, text, text, jsonb) FROM PUBLIC;
