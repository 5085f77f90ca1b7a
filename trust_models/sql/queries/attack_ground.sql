-- Purpose: what an attack has to know of a database before it begins: who owns what, and which walls stand.
-- The owner is who migrates. What the schema lock has taken is its guard's; the owner then is trust_owner.
WITH owners AS (
  SELECT pg_get_userbyid((SELECT relowner FROM pg_catalog.pg_class WHERE oid = to_regclass('public.aerich'))) AS migrates,
    pg_get_userbyid((SELECT relowner FROM pg_catalog.pg_class WHERE oid = to_regclass('public.audit_logs'))) AS holds
)
SELECT
  CASE migrates WHEN 'trust_guard' THEN 'trust_owner' ELSE migrates::text END AS owner,
  holds::text AS holder,
  current_database()::text AS database,
  current_setting('server_version_num')::integer / 10000 AS version,
  current_setting('is_superuser')::boolean AS as_superuser,
  coalesce(has_table_privilege(to_regclass('trust.schema_lock'), 'SELECT'), false) AS may_read_lock,
  EXISTS (
    SELECT FROM pg_catalog.pg_event_trigger JOIN pg_catalog.pg_proc ON pg_proc.oid = evtfoid
    WHERE evtenabled = 'A' AND evtevent = 'ddl_command_end' AND pronamespace = to_regnamespace('trust')
  ) AS has_event_triggers,
  coalesce((
    SELECT array_agg(rolname::text ORDER BY rolname) FROM pg_catalog.pg_roles
    WHERE rolname IN ('trust_app', 'trust_reader', 'trust_archiver', 'trust_approver', 'trust_owner')
  ), '{}') AS roles,
  coalesce((
    SELECT array_agg(DISTINCT setting[1] ORDER BY setting[1])
    FROM pg_catalog.pg_proc, regexp_matches(prosrc, 'current_setting\(''(\w+\.[\w.]+)''', 'g') AS setting
    WHERE pronamespace = to_regnamespace('trust')
  ), '{}') AS settings
FROM owners
