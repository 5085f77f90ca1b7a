-- Purpose: what is wrong with the product's roles themselves: attributes, memberships, logins.
SELECT problem FROM (
  SELECT pg_catalog.format('the role %I does not exist', name) AS problem
  FROM pg_catalog.unnest($1::text[]) AS name WHERE to_regrole(name) IS NULL

  UNION ALL
  SELECT pg_catalog.format('the role %I has more than it must: %s', rolname, pg_catalog.concat_ws(', ',
    CASE WHEN rolsuper THEN 'SUPERUSER' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
    CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' END))
  FROM pg_catalog.pg_roles
  WHERE rolname = ANY ($1) AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)

  UNION ALL
  SELECT pg_catalog.format('the role %I is a member of %I', member.rolname, role.rolname)
  FROM pg_catalog.pg_auth_members
  JOIN pg_catalog.pg_roles AS member ON member.oid = pg_auth_members.member
  JOIN pg_catalog.pg_roles AS role ON role.oid = pg_auth_members.roleid
  WHERE member.rolname = ANY ($1)

  UNION ALL SELECT 'the role trust_guard can log in' FROM pg_catalog.pg_roles
  WHERE rolname = 'trust_guard' AND rolcanlogin
) AS problems
ORDER BY problem;
