-- Purpose: how many events of an epoch's backlog have no leaf yet, and for how many seconds the oldest of them
-- waits, within the same bounds.
-- $1: the last one that has its leaf; $2: up to which id events are of the backlog.
SELECT pg_catalog.count(*) AS events, coalesce(least(greatest(
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) - pg_catalog.date_part('epoch', pg_catalog.min(event.created_at)),
    0), 1e11), 0) AS seconds
FROM public.audit_logs AS event
WHERE event.id > $1::bigint AND event.id <= $2::bigint
  AND NOT EXISTS (
    SELECT FROM trust.audit_tiles AS tile
    WHERE tile.level = 0 AND tile.id_range @> event.id AND event.id = ANY (tile.ids))
  AND event.id <> ALL ((SELECT ledger.edge_ids FROM trust.audit_ledger AS ledger)::bigint[])
