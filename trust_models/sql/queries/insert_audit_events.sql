-- One array per column.
INSERT INTO public.audit_logs (
  schema_version, actor_type, actor_id, on_behalf_of, action, outcome, reason_code,
  entity_type, entity_id, metadata, context)
SELECT schema_version, actor_type, actor_id, on_behalf_of, action, outcome, reason_code,
  entity_type, entity_id, metadata, context
FROM unnest(
  $1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
  $8::text[], $9::text[], $10::jsonb[], $11::jsonb[]
) WITH ORDINALITY AS events (
  schema_version, actor_type, actor_id, on_behalf_of, action, outcome, reason_code,
  entity_type, entity_id, metadata, context, position)
ORDER BY position
RETURNING id
