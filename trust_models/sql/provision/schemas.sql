-- Purpose: what is still to be done that the schema trust is there and the owner's (or the guard's, once it is locked),
-- and that nobody else makes anything in public. Settings: trust.provision_owner.
WITH steps AS (
  SELECT 1 AS step, format('CREATE SCHEMA trust AUTHORIZATION %I', current_setting('trust.provision_owner')) AS statement,
    'made the schema trust' AS done, 'migrations will make the schema trust' AS otherwise
  WHERE to_regnamespace('trust') IS NULL
  UNION ALL
  SELECT 2, format('ALTER SCHEMA trust OWNER TO %I', current_setting('trust.provision_owner')),
    format('made %s the owner of the schema trust', current_setting('trust.provision_owner')),
    format('the schema trust belongs to %s, and migrations cannot make anything in it', pg_get_userbyid(nspowner))
  FROM pg_catalog.pg_namespace
  WHERE nspname = 'trust' AND pg_get_userbyid(nspowner) NOT IN (current_setting('trust.provision_owner'), 'trust_guard')
    AND nspowner IS DISTINCT FROM (SELECT relowner FROM pg_catalog.pg_class WHERE oid = to_regclass('public.aerich'))
  UNION ALL
  SELECT 4, NULL, NULL, format(
    'the tables belong to %1$s, not to %2$s: migrations go on only as %1$s, or after REASSIGN OWNED BY %1$s TO %2$s',
    pg_get_userbyid(relowner), current_setting('trust.provision_owner'))
  FROM pg_catalog.pg_class
  WHERE oid = to_regclass('public.aerich')
    AND pg_get_userbyid(relowner) NOT IN (current_setting('trust.provision_owner'), 'trust_guard')
  UNION ALL
  SELECT 3, format('REVOKE CREATE ON SCHEMA public FROM %s', who),
    format('took CREATE in the schema public from %s', who),
    format('%s can make tables and functions in the schema public, which other sessions may take for ours', who)
  FROM pg_catalog.pg_namespace
  CROSS JOIN LATERAL aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS acl
  CROSS JOIN LATERAL (
    SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS who) AS named
  WHERE nspname = 'public' AND privilege_type = 'CREATE' AND grantee <> nspowner
    AND who NOT IN (quote_ident(current_setting('trust.provision_owner')), 'pg_database_owner', 'trust_guard')
)
SELECT statement, done, otherwise FROM steps ORDER BY step, statement;
