-- Purpose: the next events in the order of their leaves, all columns as the ledger has them.
-- $1, $2: up to which id events are of an earlier epoch, and of this one; $3, $4: transaction and id of the last event
-- before; $5, $6: those of the last that can have a leaf; $7: how many.
SELECT event.tx_id, event.id, event.created_at, event.schema_version, event.actor_type, event.actor_id,
  event.on_behalf_of, event.action, event.outcome, event.reason_code, event.entity_type, event.entity_id,
  event.metadata, event.context
FROM public.audit_logs AS event
WHERE event.id > $1::bigint AND event.id <= $2::bigint
  AND (event.tx_id, event.id) > ($3::text::xid8, $4::bigint) AND (event.tx_id, event.id) <= ($5::text::xid8, $6::bigint)
ORDER BY event.tx_id, event.id LIMIT $7::bigint
