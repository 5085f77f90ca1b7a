-- Purpose: which triggers that record changes are missing, silent or not ours, on the given tables of the schema public;
-- and which tables inherit from one of them, and not its triggers.
-- Parameter: the names of the tables.
SELECT 'public.' || quote_ident(name) AS relation, pg_catalog.string_agg(what, ', ' ORDER BY what) AS unrecorded
-- The bits of pg_trigger.tgtype: 1 row, 2 before, 4 insert, 8 delete, 16 update, 32 truncate.
FROM pg_catalog.unnest($1::text[]) AS name, (VALUES ('rows', 1 | 4 | 8 | 16), ('TRUNCATE', 2 | 32)) AS kinds (what, kind)
WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_trigger
  WHERE tgrelid = to_regclass('public.' || quote_ident(name)) AND tgtype = kind AND tgenabled = 'A'
    AND tgfoid = to_regprocedure('trust.capture_' || name || '()') AND tgqual IS NULL AND tgattr = ''::int2vector)
GROUP BY name
UNION ALL
SELECT pg_catalog.format('%I.%I', nspname, children.relname),
  pg_catalog.format('rows, which count as those of public.%I', parents.relname)
FROM pg_catalog.pg_inherits
JOIN pg_catalog.pg_class AS parents ON parents.oid = inhparent
JOIN pg_catalog.pg_class AS children ON children.oid = inhrelid
JOIN pg_catalog.pg_namespace ON pg_namespace.oid = children.relnamespace
WHERE parents.relname = ANY ($1::text[]) AND parents.relnamespace = to_regnamespace('public')
ORDER BY 1;
