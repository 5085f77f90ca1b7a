-- Purpose: whether the bookkeeping of migrations is there, and is a table.
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_class WHERE oid = to_regclass('public.aerich') AND relkind = 'r') AS has_migrations;
