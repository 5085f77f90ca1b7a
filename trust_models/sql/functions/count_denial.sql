-- Purpose: counts and logs what the database refused where nothing of it could see that: a missing right, of which
-- only the client learns. What a guard refused is left alone, since it was counted and logged then and there.
-- SECURITY DEFINER: a service can add one to a count, and do nothing else with it. It can report a denial that never
-- was; it can be denied for real whenever it likes. Names are checked, so that the rows are few for ever.
-- Returns the name of the table for which it was counted.
CREATE OR REPLACE FUNCTION trust.count_denial(
  sqlstate text, table_name text, operation text, rule text, actor_type text, actor_id text, operation_id text)
  RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms'
AS $$
DECLARE
  counted_as text := CASE WHEN table_name ~ '^audit_segment_[0-9]+$' THEN 'audit_logs' ELSE table_name END;
  action text := CASE
    WHEN operation IN ('select', 'insert', 'update', 'delete', 'merge', 'truncate', 'ddl') THEN operation
    ELSE 'other'
  END;
  number bigint;
BEGIN
  IF sqlstate IS NULL OR sqlstate NOT IN ('23T01', '23T02', '23T03', '23T04', '23T05', '42T01', '42501') THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'sqlstate is not that of a rule or of a missing right.';
  END IF;
  IF NOT EXISTS (
      SELECT FROM pg_catalog.pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = counted_as) THEN
    counted_as := 'other';
  END IF;

  IF sqlstate NOT IN ('23T01', '42T01') THEN
    BEGIN
      INSERT INTO trust.denials AS counted (table_name, operation, sqlstate)
      VALUES (counted_as, action, sqlstate)
      ON CONFLICT ON CONSTRAINT denials_pkey
      DO UPDATE SET refused = counted.refused + 1, last_at = pg_catalog.clock_timestamp()
      RETURNING counted.refused INTO number;
    EXCEPTION WHEN lock_not_available THEN
      number := NULL;  -- somebody holds the count: the line without a number and the event say it
    END;
    PERFORM trust.log_refusal(number, sqlstate, counted_as, action, pg_catalog.jsonb_build_object(
      'rule', rule, 'actor_type', actor_type, 'actor_id', actor_id, 'operation_id', operation_id,
      'counter', 'denials', 'seen_by', 'package'));
  END IF;
  RETURN counted_as;
END
$$;
REVOKE ALL ON FUNCTION trust.count_denial(text, text, text, text, text, text, text) FROM PUBLIC;
