-- Purpose: whether an attack has left anything behind: its learner, its event, its role or a prepared transaction.
-- $1: its marks; $2: the addresses of its learners.
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_roles WHERE rolname = 'trust_attack'
) OR EXISTS (
  SELECT FROM pg_catalog.pg_prepared_xacts WHERE gid LIKE 'trust_attack%' AND database = current_database()
) OR CASE WHEN has_table_privilege('public.users', 'SELECT') THEN (
  SELECT count(*) > 0 FROM public.users WHERE email = ANY ($2::text[])
) ELSE false END OR CASE WHEN has_table_privilege('public.audit_logs', 'SELECT') THEN (
  SELECT count(*) > 0 FROM public.audit_logs WHERE entity_type = 'trust_attack' AND entity_id = ANY ($1::text[])
) ELSE false END
