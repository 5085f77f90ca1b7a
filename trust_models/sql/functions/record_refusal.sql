-- Purpose: leaves a trace of a refusal that survives its rollback: one line of JSON in the server's log.
CREATE OR REPLACE FUNCTION trust.record_refusal(sqlstate text, table_name text, operation text, detail jsonb DEFAULT '{}')
  RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE LOG 'trust_models refusal %', pg_catalog.jsonb_build_object(
    'sqlstate', sqlstate, 'table', table_name, 'operation', operation, 'login', session_user, 'detail', detail);
END
$$;
REVOKE ALL ON FUNCTION trust.record_refusal(text, text, text, jsonb) FROM PUBLIC;
