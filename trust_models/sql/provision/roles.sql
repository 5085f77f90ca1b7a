-- Purpose: what is still to be done that the server has the roles of the product, which carry rights and do not log
-- in, and logins that are members of one role each. Settings: trust.provision_roles, a list of objects
-- {"name", "member_of" (a login's role), "verifier" (of its password), "renew" (an old password, too)}.
WITH wanted AS (
  SELECT * FROM ROWS FROM (
    jsonb_to_recordset(current_setting('trust.provision_roles')::jsonb)
      AS (name text, member_of text, verifier text, renew boolean)
  ) WITH ORDINALITY AS listed(name, member_of, verifier, renew, place)
), steps AS (
  SELECT 1 AS step, place, format(
      'CREATE ROLE %I%s%s', name,
      CASE WHEN member_of IS NOT NULL THEN ' LOGIN' END,
      ' PASSWORD ' || quote_literal(verifier)) AS statement,
    format('made the %s %s', CASE WHEN member_of IS NULL THEN 'role' ELSE 'login' END, name) AS done
  FROM wanted WHERE to_regrole(quote_ident(name)) IS NULL
  UNION ALL
  SELECT 2, place, format('ALTER ROLE %I PASSWORD %L', name, verifier), format('gave %s a new password', name)
  FROM wanted WHERE renew AND verifier IS NOT NULL AND to_regrole(quote_ident(name)) IS NOT NULL
  UNION ALL
  SELECT 3, place, format('GRANT %I TO %I', member_of, name), format('made %s a member of %s', name, member_of)
  FROM wanted WHERE member_of IS NOT NULL AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_auth_members
    WHERE roleid = to_regrole(quote_ident(member_of)) AND member = to_regrole(quote_ident(name)))
)
SELECT statement, done, NULL AS otherwise FROM steps ORDER BY step, place;
