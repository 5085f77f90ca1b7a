-- Purpose: of the next $3 events after the place ($1, $2) those that are wanted, and the place to go on from. Only of
-- transactions below which none is under way: whatever else such a one has written is there to be seen. Snapshot and scan are one
-- statement. Without an event that is wanted, one row tells the place. Conditions on the event may follow.
WITH scanned AS MATERIALIZED (
  SELECT * FROM public.audit_logs
  WHERE (tx_id, id) > ($1, $2) AND tx_id < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY tx_id, id LIMIT $3
), reached AS (
  (SELECT tx_id AS reached_transaction, id AS reached_id FROM scanned ORDER BY tx_id, id OFFSET $3 - 1)
  UNION ALL
  SELECT pg_snapshot_xmin(pg_current_snapshot()), 0
  LIMIT 1
)
SELECT reached.*, event.* FROM reached LEFT JOIN scanned AS event ON true
