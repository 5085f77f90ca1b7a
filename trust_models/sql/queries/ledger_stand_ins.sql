-- Purpose: what stands in the place of the log, or of one of its segments, and is no table: a view shows what it likes.
SELECT relation.oid::regclass::text AS name
FROM pg_catalog.pg_class AS relation
WHERE relation.relkind NOT IN ('r', 'p') AND (relation.oid = 'public.audit_logs'::regclass OR relation.oid IN (
  SELECT child.inhrelid FROM pg_catalog.pg_inherits AS child WHERE child.inhparent = 'public.audit_logs'::regclass))
ORDER BY name
