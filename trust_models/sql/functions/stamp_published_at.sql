-- Purpose: published_at tells when a lesson was first published; the database's clock says it, and nobody else.
CREATE OR REPLACE FUNCTION trust.stamp_published_at() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.published_at := CASE TG_OP WHEN 'UPDATE' THEN OLD.published_at END;
  IF NEW.status = 'PUBLISHED' AND NEW.published_at IS NULL THEN
    NEW.published_at := pg_catalog.clock_timestamp();
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.stamp_published_at() FROM PUBLIC;
