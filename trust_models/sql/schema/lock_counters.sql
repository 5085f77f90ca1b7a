-- Purpose: what the lock refuses is counted per table, for every table of records and not for the append-only ones
-- alone; what belongs to no table counts for `schema`.
SELECT trust.ensure_refusal_counters(relname, ARRAY['ddl'])
FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p');
SELECT trust.ensure_refusal_counters('schema', ARRAY['ddl']);
