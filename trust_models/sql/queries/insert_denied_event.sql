-- The event of an audited operation that the database refused. $12 to $14 say what exactly was refused: it is counted.
INSERT INTO public.audit_logs (
  schema_version, actor_type, actor_id, on_behalf_of, action, outcome, reason_code,
  entity_type, entity_id, metadata, context)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
RETURNING id, trust.count_denial(
  $12, $13, $14, metadata ->> 'constraint', actor_type, actor_id, context ->> 'operation_id')
