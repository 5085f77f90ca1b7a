-- Purpose: which cluster this is; NULL where the server does not tell, as some managed ones.
CREATE OR REPLACE FUNCTION trust.system_identifier() RETURNS bigint
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT system_identifier FROM pg_catalog.pg_control_system());
EXCEPTION WHEN insufficient_privilege THEN
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION trust.system_identifier() FROM PUBLIC;
