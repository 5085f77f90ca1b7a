-- Purpose: which triggers that record changes are missing, silent or not ours, on the given tables of the schema public.
-- Parameter: the names of the tables.
SELECT 'public.' || quote_ident(name) AS relation, pg_catalog.string_agg(what, ', ' ORDER BY what) AS unrecorded
-- The bits of pg_trigger.tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate.
FROM pg_catalog.unnest($1::text[]) AS name, (VALUES ('rows', 1 | 4 | 8 | 16), ('TRUNCATE', 2 | 32)) AS kinds (what, kind)
WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_trigger
  WHERE tgrelid = to_regclass('public.' || quote_ident(name)) AND tgtype = kind AND tgenabled = 'A'
    AND tgfoid = to_regprocedure('trust.capture_' || name || '()') AND tgqual IS NULL AND tgattr = ''::int2vector)
GROUP BY name
ORDER BY 1;
