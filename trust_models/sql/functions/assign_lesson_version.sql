-- Purpose: the database alone says what a version of a lesson is: its number, its hash, its id and its time.
-- The lock on the lesson makes concurrent writers queue, so that the versions of one lesson have no gap; other
-- lessons are not touched. Unseen because of an older snapshot, the last version makes the unique key refuse.
CREATE OR REPLACE FUNCTION trust.assign_lesson_version() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  last integer;
BEGIN
  PERFORM FROM public.lessons WHERE id = NEW.lesson_id FOR NO KEY UPDATE;
  SELECT version INTO last FROM public.lesson_versions WHERE lesson_id = NEW.lesson_id ORDER BY version DESC LIMIT 1;

  NEW.id := trust.uuid_v7_of(NEW.id);
  -- A call only where a number is stated, which is seldom: it costs a tenth of the INSERT.
  NEW.version := CASE WHEN NEW.version IS NULL THEN coalesce(last, 0) + 1
    ELSE trust.next_number(NEW.version, last, 'lesson_versions', 'version') END;
  NEW.content_sha256 := trust.jsonb_sha256(NEW.content);
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_lesson_version() FROM PUBLIC;
