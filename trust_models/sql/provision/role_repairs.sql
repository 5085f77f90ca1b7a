-- Purpose: what is still to be done that no role of the product is more than it must be: no attribute, no
-- membership but the one of a login in its role, and nobody who could become the guard or a login.
-- Settings: trust.provision_roles.
WITH wanted AS (
  SELECT roles.*, wanted.member_of
  FROM jsonb_to_recordset(current_setting('trust.provision_roles')::jsonb) AS wanted(name text, member_of text)
  JOIN pg_catalog.pg_roles AS roles ON roles.rolname = wanted.name
), attributes AS (
  SELECT rolname, concat_ws(' ',
    CASE WHEN rolsuper THEN 'NOSUPERUSER' END,
    CASE WHEN rolcreatedb THEN 'NOCREATEDB' END,
    CASE WHEN rolcreaterole THEN 'NOCREATEROLE' END,
    CASE WHEN rolreplication THEN 'NOREPLICATION' END,
    CASE WHEN rolbypassrls THEN 'NOBYPASSRLS' END,
    CASE WHEN NOT rolinherit THEN 'INHERIT' END,
    CASE WHEN rolcanlogin AND member_of IS NULL THEN 'NOLOGIN' END,
    CASE WHEN NOT rolcanlogin AND member_of IS NOT NULL THEN 'LOGIN' END) AS mend
  FROM wanted
), links AS (
  -- PostgreSQL 16 told the ways apart in which one is a member, and keeps a link for each role that granted it.
  SELECT pg_get_userbyid(roleid) AS role, pg_get_userbyid(member) AS member, admin_option,
    coalesce(to_jsonb(links) ->> 'inherit_option', 'true')::boolean AS inherits,
    coalesce(to_jsonb(links) ->> 'set_option', 'true')::boolean AS may_become,
    CASE WHEN current_setting('server_version_num')::integer >= 160000
      THEN format(' GRANTED BY %I', pg_get_userbyid(grantor)) ELSE '' END AS granted_by
  FROM pg_catalog.pg_auth_members AS links
), steps AS (
  SELECT 1 AS step, format('ALTER ROLE %I %s', rolname, mend) AS statement,
    format('changed %s: %s', rolname, mend) AS done,
    format('%s stays as it is; it should be %s', rolname, mend) AS otherwise
  FROM attributes WHERE mend <> ''
  UNION ALL
  SELECT 2, format('REVOKE %I FROM %I%s', role, member, granted_by), format('took %s from %s', role, member),
    format('%s still has the rights of %s', member, role)
  FROM links JOIN wanted ON wanted.rolname = member
  WHERE role IS DISTINCT FROM member_of
  UNION ALL
  SELECT 3, format('REVOKE ADMIN OPTION FOR %I FROM %I%s', role, member, granted_by),
    format('%s may no longer grant %s', member, role), format('%s can grant %s to others', member, role)
  FROM links JOIN wanted ON wanted.rolname = member
  WHERE role = member_of AND admin_option
  UNION ALL
  SELECT 4, format('REVOKE %I FROM %I%s', role, member, granted_by), format('took %s from %s', role, member),
    CASE WHEN inherits OR may_become
      THEN format('%s has the rights of %s', member, role)
      ELSE format('%s, who made %s, can become it', member, role) END
  FROM links JOIN wanted ON wanted.rolname = role
  -- Whoever makes a role may grant it, and only a superuser can take that away; of a login it goes without saying.
  WHERE role = 'trust_guard' OR (member_of IS NOT NULL AND (inherits OR may_become))
)
SELECT statement, done, otherwise FROM steps ORDER BY step, statement;
