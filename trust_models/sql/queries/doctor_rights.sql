-- Purpose: which rights this session has, by whatever way, that would let it change or blind the given append-only
-- tables, their partitions, or the bookkeeping of migrations; none is what a service should have.
-- Parameter: the names of the append-only tables.
SELECT relations.oid::regclass::text AS relation, pg_catalog.string_agg(privilege, ', ' ORDER BY privilege) AS rights
FROM pg_catalog.pg_class AS relations
CROSS JOIN pg_catalog.unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) AS privilege
WHERE relations.relkind IN ('r', 'p')
  AND (relations.relnamespace = to_regnamespace('public')
       AND relations.relname = ANY ($1::text[] || 'aerich'::text)
       OR relations.relnamespace = to_regnamespace('trust') AND relations.relname ~ '^audit_segment_')
  AND CASE WHEN privilege IN ('UPDATE', 'REFERENCES')
    THEN pg_catalog.has_any_column_privilege(relations.oid, privilege)
    ELSE pg_catalog.has_table_privilege(relations.oid, privilege) END
GROUP BY relations.oid
ORDER BY 1;
