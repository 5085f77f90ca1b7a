-- Purpose: what was captured of the record $2 of the kind $1, and each TRUNCATE of that kind ($3), in the order of the numbers.
SELECT id, created_at, action, metadata FROM public.audit_logs
WHERE entity_type = $1 AND entity_id = $2 AND context ? 'captured'
UNION ALL
SELECT id, created_at, action, metadata FROM public.audit_logs
WHERE action = $3 AND entity_type = $1 AND context ? 'captured'
ORDER BY id
