-- Purpose: tells one server from another that has a database of the same name: the number that initdb gave it, which
-- its replicas share. NULL where the server keeps that to itself, as a managed one may.
-- SECURITY DEFINER, so that everybody gets the same answer.
CREATE OR REPLACE FUNCTION trust.server_identity() RETURNS text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT system_identifier::text FROM pg_catalog.pg_control_system());
EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION trust.server_identity() FROM PUBLIC;
