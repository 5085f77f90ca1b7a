-- Purpose: how much was refused, per table and operation: what the guards counted, and what clients reported.
-- SECURITY DEFINER, so that a role that watches needs no right on the counters themselves.
CREATE OR REPLACE FUNCTION trust.refusals() RETURNS TABLE (table_name text, operation text, refused bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT counts.table_name, counts.operation, pg_catalog.sum(counts.refused)::bigint
  FROM (
    SELECT coalesce(parts[1], 'other'), coalesce(parts[2], 'other'),
      coalesce(pg_catalog.pg_sequence_last_value(counters.oid), 0)
    FROM pg_catalog.pg_class AS counters
    LEFT JOIN pg_catalog.regexp_match(counters.relname, '^refused_(.+)_(update|delete|truncate|ddl)$') AS parts ON true
    WHERE counters.relnamespace = 'trust'::regnamespace AND counters.relkind = 'S'
      AND counters.relname ~ '^refused_'
    UNION ALL
    SELECT denials.table_name, denials.operation, denials.refused FROM trust.denials
  ) AS counts (table_name, operation, refused)
  GROUP BY counts.table_name, counts.operation
  ORDER BY counts.table_name, counts.operation
$$;
REVOKE ALL ON FUNCTION trust.refusals() FROM PUBLIC;
