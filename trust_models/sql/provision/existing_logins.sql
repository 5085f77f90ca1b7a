-- Purpose: which of some logins are there already, and whether each is more than a login of one role of the product:
-- $1 are their names, $2 the roles that they are to be members of.
SELECT name,
  rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls OR EXISTS (
    SELECT FROM pg_catalog.pg_auth_members
    WHERE member = roles.oid AND pg_get_userbyid(roleid) <> role) AS stronger
FROM unnest($1::text[], $2::text[]) AS wanted(name, role)
JOIN pg_catalog.pg_roles AS roles ON rolname = name;
