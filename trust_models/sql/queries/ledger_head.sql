-- Purpose: what the ledger is now, and the last checkpoint that was written of it, if there is one.
SELECT ledger.size, trust.ledger_root(ledger.edge) AS root, last.number, last.note,
  pg_catalog.clock_timestamp() AS now, last.created_at
FROM trust.audit_ledger AS ledger
LEFT JOIN LATERAL (
  SELECT number, note, created_at FROM public.audit_checkpoints ORDER BY number DESC LIMIT 1
) AS last ON true
