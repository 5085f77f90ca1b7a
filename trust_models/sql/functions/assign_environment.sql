-- Purpose: the database alone says who marked it and when.
CREATE OR REPLACE FUNCTION trust.assign_environment() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.id := trust.uuid_v7();
  NEW.marked_by := session_user;
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_environment() FROM PUBLIC;
