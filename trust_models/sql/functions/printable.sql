-- Purpose: makes an object fit for a line of a log: at most 20 fields, none of them null, and of each text at most
-- 255 characters, without what a reader may take for the end of a line (control characters, Unicode's line ends).
-- Raises on bytes that are no characters: the settings that a client sends as it connects are not checked for them.
CREATE OR REPLACE FUNCTION trust.printable(fields jsonb) RETURNS jsonb
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
AS $$
  SELECT coalesce(pg_catalog.jsonb_object_agg(key, CASE
    WHEN pg_catalog.jsonb_typeof(value) = 'number' THEN value
    ELSE pg_catalog.to_jsonb(pg_catalog.left(
      pg_catalog.regexp_replace(value #>> '{}', '[\u0001-\u001F\u007F-\u009F\u2028\u2029]', '?', 'g'), 255))
  END), '{}')
  FROM (SELECT * FROM pg_catalog.jsonb_each(fields) WHERE value <> 'null' LIMIT 20) AS kept
$$;
REVOKE ALL ON FUNCTION trust.printable(jsonb) FROM PUBLIC;
