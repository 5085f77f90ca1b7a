-- Purpose: what a catalogue has to be judged by: the major version of PostgreSQL, which roles there are, whether the
-- database can say which migrations it has, and whether it can be locked. The catalogue itself says nothing of them.
SELECT
  pg_catalog.current_setting('server_version_num')::integer / 10000 AS major,
  ARRAY(SELECT pg_catalog.quote_ident(rolname) FROM pg_catalog.pg_roles) AS roles,
  pg_catalog.to_regprocedure('trust.applied_migrations()') IS NOT NULL AS tells_migrations,
  pg_catalog.to_regclass('public.aerich') IS NOT NULL AS keeps_migrations,
  pg_catalog.to_regclass('trust.schema_lock') IS NOT NULL AS has_lock,
  pg_catalog.to_regclass('public.audit_logs') IS NOT NULL AS has_records;
