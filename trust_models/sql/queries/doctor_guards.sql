-- Purpose: which triggers of the guard are missing or not enabled always, on the given append-only tables and on
-- every partition of them. Found in the catalogue, so that a partition that somebody attached is seen too.
-- Parameter: the names of the append-only tables.
WITH RECURSIVE guarded AS (
  SELECT classes.oid, classes.relkind FROM pg_catalog.pg_class AS classes
  WHERE classes.relnamespace = 'public'::regnamespace AND classes.relname = ANY ($1::text[])
  UNION
  SELECT children.oid, children.relkind
  FROM guarded JOIN pg_catalog.pg_inherits ON inhparent = guarded.oid
  JOIN pg_catalog.pg_class AS children ON children.oid = inhrelid
), wanted AS (
  -- The bits of pg_trigger.tgtype: 1 row, 2 before, 8 delete, 16 update, 32 truncate.
  SELECT guarded.oid, what, kind
  FROM guarded, (VALUES ('rows', 1 | 2 | 8 | 16), ('statements', 2 | 8 | 16), ('TRUNCATE', 2 | 32)) AS kinds (what, kind)
)
SELECT wanted.oid::regclass::text AS relation, pg_catalog.string_agg(what, ', ' ORDER BY what) AS unguarded
FROM wanted
WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_trigger
  WHERE tgrelid = wanted.oid AND tgtype = kind AND tgenabled = 'A' AND tgparentid = 0
    AND tgfoid = to_regprocedure('trust.refuse_mutation()') AND tgqual IS NULL AND tgattr = ''::int2vector)
GROUP BY wanted.oid
UNION ALL
SELECT 'public.' || quote_ident(name), 'the table does not exist'
FROM pg_catalog.unnest($1::text[]) AS name WHERE to_regclass('public.' || quote_ident(name)) IS NULL
ORDER BY 1;
