-- Purpose: the database alone says what a version of a lab is: its number, its hash, its id and its time.
-- The lock on the lab makes concurrent writers queue, so that the versions of one lab have no gap; other
-- labs are not touched. Unseen because of an older snapshot, the last version makes the unique key refuse.
CREATE OR REPLACE FUNCTION trust.assign_lab_version() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  last integer;
BEGIN
  PERFORM FROM public.labs WHERE id = NEW.lab_id FOR NO KEY UPDATE;
  SELECT version INTO last FROM public.lab_versions WHERE lab_id = NEW.lab_id ORDER BY version DESC LIMIT 1;

  NEW.id := trust.uuid_v7_of(NEW.id);
  -- A call only where a number is stated, which is seldom: it costs a tenth of the INSERT.
  NEW.version := CASE WHEN NEW.version IS NULL THEN coalesce(last, 0) + 1
    ELSE trust.next_number(NEW.version, last, 'lab_versions', 'version') END;
  NEW.config_sha256 := trust.jsonb_sha256(NEW.config);
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_lab_version() FROM PUBLIC;
