-- Purpose: what the ledger is, for who verifies it: its state, its epochs, how many tiles it has; and of the events, what
-- their sequence has given last, the highest id, and from which id to before which the segments reach.
SELECT ledger.size, ledger.edge, ledger.edge_ids, ledger.sealed_tx::text AS sealed_tx, ledger.sealed_id,
  ledger.backlog_id, newest.id AS last_id,
  (SELECT pg_catalog.min(event.tx_id)::text FROM public.audit_logs AS event WHERE event.id = newest.id) AS last_tx,
  (SELECT pg_catalog.array_agg(ARRAY[epoch.first_leaf, epoch.above_id] ORDER BY epoch.number)
    FROM trust.audit_epochs AS epoch) AS epochs,
  (SELECT pg_catalog.array_agg(ARRAY[counted.level, counted.tiles])
    FROM (SELECT tile.level::bigint AS level, pg_catalog.count(*) AS tiles FROM trust.audit_tiles AS tile GROUP BY tile.level)
      AS counted) AS tiles,
  CASE WHEN pg_catalog.has_sequence_privilege('trust.audit_logs_id_seq', 'USAGE, SELECT')
    THEN coalesce(pg_catalog.pg_sequence_last_value('trust.audit_logs_id_seq'), 0) END AS last_number,
  (SELECT coalesce(pg_catalog.max(event.id), 0) FROM public.audit_logs AS event) AS highest_id,
  (SELECT pg_catalog.array_agg(ARRAY[bounds.ends[1]::bigint, bounds.ends[2]::bigint] ORDER BY bounds.ends[1]::bigint)
    FROM pg_catalog.pg_inherits AS child
    JOIN pg_catalog.pg_class AS segment ON segment.oid = child.inhrelid
    CROSS JOIN LATERAL pg_catalog.regexp_match(
      pg_catalog.pg_get_expr(segment.relpartbound, segment.oid), 'FROM [(]''?([0-9]+)''?[)] TO [(]''?([0-9]+)''?[)]')
      AS bounds (ends)
    WHERE child.inhparent = 'public.audit_logs'::regclass AND bounds.ends IS NOT NULL) AS segments,
  pg_catalog.clock_timestamp() AS now
FROM trust.audit_ledger AS ledger
CROSS JOIN LATERAL (
  SELECT coalesce(ledger.edge_ids[pg_catalog.cardinality(ledger.edge_ids)], (
    SELECT tile.ids[256] FROM trust.audit_tiles AS tile
    WHERE tile.level = 0 AND tile.number = ledger.size / 256 - 1)) AS id
) AS newest
