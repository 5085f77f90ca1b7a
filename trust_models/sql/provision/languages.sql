-- Purpose: what is still to be done that only the owner and the guard write PL/pgSQL: a service has no DO block in which
-- to swallow refusals. Triggers need no right on their language. Only a superuser may do it.
-- Settings: trust.provision_owner.
WITH language AS (
  SELECT acl.grantee,
    (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) AS may
  FROM pg_catalog.pg_language, aclexplode(coalesce(lanacl, acldefault('l', lanowner))) AS acl
  WHERE lanname = 'plpgsql'
), steps AS (
  SELECT 1 AS step, format('GRANT USAGE ON LANGUAGE plpgsql TO %I', name) AS statement,
    format('let %s write PL/pgSQL', name) AS done
  FROM unnest(ARRAY[current_setting('trust.provision_owner'), 'trust_guard']) AS name
  WHERE to_regrole(quote_ident(name)) NOT IN (SELECT grantee FROM language)
  UNION ALL
  SELECT 2, 'REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC', 'took PL/pgSQL from everybody else'
  FROM language WHERE grantee = 0
)
SELECT CASE WHEN may THEN statement END AS statement, done,
  'everybody can write PL/pgSQL here, also services (DO blocks); only a superuser can take that away' AS otherwise
FROM steps CROSS JOIN (SELECT DISTINCT may FROM language) AS admin
WHERE may OR step = 2
ORDER BY step, statement;
