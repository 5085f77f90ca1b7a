-- Purpose: how many attached segments lie wholly ahead of the last id that was given out.
CREATE OR REPLACE FUNCTION trust.audit_segments_ahead() RETURNS integer
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT pg_catalog.count(*)::integer
  FROM pg_catalog.pg_inherits AS links
  JOIN pg_catalog.pg_class AS segments ON segments.oid = links.inhrelid
  WHERE links.inhparent = 'public.audit_logs'::regclass
    -- FOR VALUES FROM ('1000000') TO ('2000000')
    AND substring(pg_catalog.pg_get_expr(segments.relpartbound, segments.oid) FROM '[0-9]+')::bigint
      > coalesce(pg_catalog.pg_sequence_last_value('trust.audit_logs_id_seq'), 0)
$$;
REVOKE ALL ON FUNCTION trust.audit_segments_ahead() FROM PUBLIC;
