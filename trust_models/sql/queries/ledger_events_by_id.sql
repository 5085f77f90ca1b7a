-- Purpose: events of these ids, all columns as the ledger has them. $1: the ids.
SELECT event.tx_id, event.id, event.created_at, event.schema_version, event.actor_type, event.actor_id,
  event.on_behalf_of, event.action, event.outcome, event.reason_code, event.entity_type, event.entity_id,
  event.metadata, event.context
FROM public.audit_logs AS event
WHERE event.id = ANY ($1::bigint[])
ORDER BY event.id
