-- Purpose: how many segments of the audit log lie wholly ahead of the last id that was given out, for a service, which
-- may use the sequence but not call trust.audit_segments_ahead().
SELECT pg_catalog.count(*) FILTER (
  -- FOR VALUES FROM ('1000000') TO ('2000000')
  WHERE substring(pg_catalog.pg_get_expr(segments.relpartbound, segments.oid) FROM '[0-9]+')::bigint > last_id
) AS ahead
FROM pg_catalog.pg_inherits AS links
JOIN pg_catalog.pg_class AS segments ON segments.oid = links.inhrelid
CROSS JOIN (SELECT coalesce(pg_catalog.pg_sequence_last_value('trust.audit_logs_id_seq'), 0) AS last_id) AS sequence
WHERE links.inhparent = to_regclass('public.audit_logs');
