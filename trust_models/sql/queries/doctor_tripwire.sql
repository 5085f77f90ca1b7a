-- Purpose: rows of append-only tables that were updated or deleted since the server's statistics began. The guards
-- let none through, so each is a trace of somebody who got around them; an INSERT that was rolled back leaves none.
-- Parameter: the names of the append-only tables.
SELECT relations.oid::regclass::text AS relation,
  pg_catalog.pg_stat_get_tuples_updated(relations.oid) AS updated,
  pg_catalog.pg_stat_get_tuples_deleted(relations.oid) AS deleted
FROM pg_catalog.pg_class AS relations
WHERE relations.relkind = 'r'
  AND (relations.relnamespace = to_regnamespace('public') AND relations.relname = ANY ($1::text[])
       OR relations.relnamespace = to_regnamespace('trust') AND relations.relname ~ '^audit_segment_')
  AND pg_catalog.pg_stat_get_tuples_updated(relations.oid) + pg_catalog.pg_stat_get_tuples_deleted(relations.oid) > 0
ORDER BY 1;
