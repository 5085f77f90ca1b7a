-- Purpose: tells any role which migrations the database has, so that a service can refuse to start on a
-- schema that it does not fit, without a right on Aerich's own table (whose content is unpickled on the
-- host that migrates).
CREATE OR REPLACE FUNCTION trust.applied_migrations() RETURNS SETOF text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT version::text FROM public.aerich WHERE app = 'trust' ORDER BY id;
  END;
-- Said outright: where functions come without rights for everybody, this one needs them.
GRANT EXECUTE ON FUNCTION trust.applied_migrations() TO PUBLIC;
