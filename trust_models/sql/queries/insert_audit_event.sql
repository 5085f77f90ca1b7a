INSERT INTO public.audit_logs (
  schema_version, actor_type, actor_id, on_behalf_of, action, outcome, reason_code,
  entity_type, entity_id, metadata, context)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
RETURNING id
