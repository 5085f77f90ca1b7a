-- Purpose: refuses a context that says its event was captured, on the ways by which a service has an event written with
-- the rights of the log's owner. The log itself trusts that owner's triggers, and a service that may make a trigger
-- could call such a way from there.
CREATE OR REPLACE FUNCTION trust.refuse_captured_claim(context jsonb) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF context ? 'captured' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T04',
      MESSAGE = 'Only the trigger of a table records a captured change, and no such change was made.',
      HINT = 'Leave "captured" out of the context.',
      SCHEMA = 'public', TABLE = 'audit_logs', COLUMN = 'context', CONSTRAINT = 'audit_logs_captured_origin';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION trust.refuse_captured_claim(jsonb) FROM PUBLIC;
