-- Purpose: who makes the beginning of the schema: whoever migrates the database already, otherwise its owner.
-- Settings: trust.provision_owner.
SELECT coalesce(
  (SELECT pg_get_userbyid(relowner)::text FROM pg_catalog.pg_class WHERE oid = to_regclass('public.aerich')),
  current_setting('trust.provision_owner')) AS maker;
