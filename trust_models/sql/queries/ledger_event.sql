-- Purpose: all that leads to the proof of one event: its bytes and its leaf, the last checkpoint, and the tiles on the way
-- from the leaf to that checkpoint's root, with the right edge of the ledger. $1: the id of the event.
SELECT ledger.edge, sealed.leaf, signed.note, signed.tree_size,
  (SELECT trust.audit_log_bytes(event) FROM public.audit_logs AS event WHERE event.id = $1::bigint) AS bytes,
  ARRAY(
    -- Of each level the tile above the leaf, and the one where the tree of the checkpoint ended.
    SELECT ROW (tile.level, tile.number, tile.hashes)
    FROM pg_catalog.generate_series(0, 7) AS height
    JOIN trust.audit_tiles AS tile ON tile.level = height
      AND tile.number IN (sealed.leaf >> 8 * (height + 1), signed.tree_size >> 8 * (height + 1))
  ) AS tiles
FROM trust.audit_ledger AS ledger
LEFT JOIN LATERAL (
  SELECT tile.number * 256 + pg_catalog.array_position(tile.ids, $1::bigint) - 1 AS leaf
  FROM trust.audit_tiles AS tile
  WHERE tile.level = 0 AND tile.id_range @> $1::bigint AND $1::bigint = ANY (tile.ids)
  UNION ALL
  SELECT ledger.size / 256 * 256 + pg_catalog.array_position(ledger.edge_ids, $1::bigint) - 1
  WHERE $1::bigint = ANY (ledger.edge_ids)
  LIMIT 1
) AS sealed ON true
LEFT JOIN LATERAL (
  SELECT checkpoint.note, checkpoint.tree_size FROM public.audit_checkpoints AS checkpoint
  ORDER BY checkpoint.number DESC LIMIT 1
) AS signed ON true
