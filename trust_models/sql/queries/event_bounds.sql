-- Purpose: the lowest id that an event of the moment $1 or later can have (first), and the first event that is stored
-- from there on (next; NULL for none). By halving over the key: numbers and times grow alike, but for the tolerance
-- that the caller has added.
WITH RECURSIVE search AS (
  SELECT 0::bigint AS low,
    (SELECT id + 1 FROM public.audit_logs ORDER BY id DESC LIMIT 1) AS high, NULL::bigint AS next
  UNION ALL
  SELECT
    CASE WHEN found.created_at < $1 THEN found.id + 1 ELSE low END,
    CASE WHEN found.created_at < $1 THEN high ELSE middle END,
    CASE WHEN found.created_at < $1 THEN next ELSE found.id END
  FROM search
  CROSS JOIN LATERAL (SELECT low + (high - low) / 2 AS middle) AS halves
  CROSS JOIN LATERAL (
    SELECT id, created_at FROM public.audit_logs WHERE id >= middle ORDER BY id LIMIT 1
  ) AS found
  WHERE low < high
)
SELECT low AS first, next FROM search WHERE low = high
