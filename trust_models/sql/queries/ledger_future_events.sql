-- Purpose: events of this server that bear a transaction which it has not begun, the first 100. None where the ledger's
-- newest epoch is of another server.
SELECT event.id FROM public.audit_logs AS event
WHERE event.tx_id >= pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())
  AND event.id > (
    SELECT epoch.above_id FROM trust.audit_epochs AS epoch
    WHERE epoch.server_identity = (pg_catalog.pg_control_system()).system_identifier::text
      AND epoch.number = (SELECT pg_catalog.max(newest.number) FROM trust.audit_epochs AS newest))
ORDER BY event.tx_id, event.id LIMIT 100
