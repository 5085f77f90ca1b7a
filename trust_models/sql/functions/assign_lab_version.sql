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
  SELECT pg_catalog.max(version) INTO last FROM public.lab_versions WHERE lab_id = NEW.lab_id;

  NEW.id := trust.uuid_v7();
  NEW.version := trust.next_number(NEW.version, last, 'lab_versions', 'version');
  NEW.config_sha256 := trust.jsonb_sha256(NEW.config);
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_lab_version() FROM PUBLIC;
