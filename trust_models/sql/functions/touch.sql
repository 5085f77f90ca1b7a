-- Purpose: updated_at moves on every UPDATE, whoever makes it.
-- The clock, not the transaction's start: two changes in one transaction differ.
CREATE OR REPLACE FUNCTION trust.touch() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.updated_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.touch() FROM PUBLIC;
