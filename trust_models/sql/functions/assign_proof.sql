-- Purpose: the database alone says what the id of a proof is and when it was recorded.
CREATE OR REPLACE FUNCTION trust.assign_proof() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.id := trust.uuid_v7_of(NEW.id);
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_proof() FROM PUBLIC;
