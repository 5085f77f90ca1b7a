-- Purpose: writes one refusal to the server's log, where neither a rollback nor a handler that swallows the error
-- can take it back: a fixed marker and a JSON object, on one line. The text of the statement stays out: it may hold
-- secrets. What the server knows comes first; what the client claims can hide none of it.
CREATE OR REPLACE FUNCTION trust.log_refusal(
  number bigint, sqlstate text, table_name text, operation text, detail jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  known CONSTANT jsonb := trust.printable(pg_catalog.jsonb_build_object(
    'number', number,
    'sqlstate', sqlstate,
    'table', table_name,
    'operation', operation,
    'login', session_user,
    'role', pg_catalog.current_setting('role'),
    'client_address', pg_catalog.host(pg_catalog.inet_client_addr()),
    'pid', pg_catalog.pg_backend_pid(),
    'session_replication_role', pg_catalog.current_setting('session_replication_role'),
    'tx_id', pg_catalog.pg_current_xact_id_if_assigned(),
    'at', pg_catalog.to_char(
      pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')));
  claimed jsonb;
BEGIN
  BEGIN
    claimed := trust.printable(pg_catalog.jsonb_build_object(
      'application_name', nullif(pg_catalog.current_setting('application_name'), ''),
      'actor_type', nullif(pg_catalog.current_setting('trust.actor_type', true), ''),
      'actor_id', nullif(pg_catalog.current_setting('trust.actor_id', true), ''),
      'operation_id', nullif(pg_catalog.current_setting('trust.operation_id', true), '')
    ) || pg_catalog.jsonb_strip_nulls(detail));
  EXCEPTION WHEN OTHERS THEN
    claimed := pg_catalog.jsonb_build_object('incomplete', SQLSTATE);
  END;
  RAISE LOG USING
    ERRCODE = log_refusal.sqlstate,
    MESSAGE = 'trust_models.refusal ' || (claimed || known)::text;
END
$$;
REVOKE ALL ON FUNCTION trust.log_refusal(bigint, text, text, text, jsonb) FROM PUBLIC;
