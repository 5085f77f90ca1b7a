-- Purpose: tells any role which environment this database belongs to, so that a process set to another one can
-- refuse it; NULL when nobody marked it.
CREATE OR REPLACE FUNCTION trust.environment() RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT name::text FROM trust.environment ORDER BY created_at DESC, id DESC LIMIT 1;
  END;
GRANT EXECUTE ON FUNCTION trust.environment() TO PUBLIC;
