-- Purpose: how many events have no leaf yet, and since when the oldest of them waits.
-- $1: up to which id events are of an earlier epoch; $2, $3: transaction and id of the last event that has a leaf.
SELECT pg_catalog.count(*) AS events, pg_catalog.min(event.created_at) AS oldest
FROM public.audit_logs AS event
WHERE event.id > $1::bigint AND (event.tx_id, event.id) > ($2::text::xid8, $3::bigint)
