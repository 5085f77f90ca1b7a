-- Purpose: the tables of the product that the current role may count, a partitioned one as a whole.
SELECT format('%I.%I', nspname, relname) AS name
FROM pg_catalog.pg_class
JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname IN ('public', 'trust') AND relkind IN ('r', 'p') AND NOT relispartition
  AND has_table_privilege(pg_class.oid, 'SELECT') AND has_schema_privilege(pg_namespace.oid, 'USAGE')
ORDER BY name
