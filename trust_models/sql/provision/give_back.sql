-- Purpose: takes back what an admin who is no superuser granted itself (borrow.sql; and a role that makes roles may be
-- set up to become a member of each). Settings: trust.provision_roles.
SELECT format('REVOKE %I FROM CURRENT_USER', pg_get_userbyid(roleid)) AS statement,
  NULL AS done,
  format('%s stays a member of %s', current_user, pg_get_userbyid(roleid)) AS otherwise
FROM pg_catalog.pg_auth_members
WHERE member = to_regrole(quote_ident(current_user)) AND grantor = member
  AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
  AND pg_get_userbyid(roleid) IN (
    SELECT name FROM jsonb_to_recordset(current_setting('trust.provision_roles')::jsonb) AS wanted(name text))
ORDER BY 1;
