-- Purpose: how many events have no leaf yet, and for how many seconds the oldest of them waits: no fewer than 0, no more
-- than three thousand years, whatever an event says of its time.
-- $1: up to which id events are of an earlier epoch; $2, $3: transaction and id of the last event that has a leaf.
SELECT pg_catalog.count(*) AS events, coalesce(least(greatest(
    pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) - pg_catalog.date_part('epoch', pg_catalog.min(event.created_at)),
    0), 1e11), 0) AS seconds
FROM public.audit_logs AS event
WHERE event.id > $1::bigint AND (event.tx_id, event.id) > ($2::text::xid8, $3::bigint)
