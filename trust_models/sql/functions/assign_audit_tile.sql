-- Purpose: tiles come one after the other, each once, and where the events of one are to be looked for.
CREATE OR REPLACE FUNCTION trust.assign_audit_tile() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  next CONSTANT bigint := (SELECT coalesce(pg_catalog.max(number), -1) + 1 FROM trust.audit_tiles WHERE level = NEW.level);
BEGIN
  IF NEW.number IS DISTINCT FROM next THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T02',
      MESSAGE = pg_catalog.format('The next tile of level %s is number %s.', NEW.level, next),
      HINT = 'Leave it to `trust-models audit seal`.',
      SCHEMA = 'trust', TABLE = 'audit_tiles', COLUMN = 'number', CONSTRAINT = 'audit_tiles_number_order';
  END IF;
  NEW.id_range := (
    SELECT pg_catalog.int8range(pg_catalog.min(id), pg_catalog.max(id), '[]') FROM pg_catalog.unnest(NEW.ids) AS id
    HAVING pg_catalog.count(id) > 0);
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_audit_tile() FROM PUBLIC;
