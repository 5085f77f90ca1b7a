-- Purpose: who could go around the lock by the roles of the server, a sentence each.
SELECT pg_catalog.format('%s is a member of trust_guard, and can do everything with the schema.', pg_get_userbyid(member))
  AS problem
FROM pg_catalog.pg_auth_members
-- A creator of roles administers those he made; from PostgreSQL 16 on he is not their member by that.
WHERE roleid = to_regrole('trust_guard')
  AND pg_has_role(member, 'trust_guard'::regrole, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE oid = member AND rolsuper)
UNION ALL
SELECT pg_catalog.format('The role that migrates, %s, is a superuser or may create roles.', rolname)
FROM trust.schema_lock JOIN pg_catalog.pg_roles ON pg_roles.oid = previous_owner
WHERE rolsuper OR rolcreaterole
UNION ALL
SELECT pg_catalog.format('The database belongs to %s, not to trust_guard: its settings and its name can be changed.',
  pg_get_userbyid(datdba))
FROM pg_catalog.pg_database
WHERE datname = current_database() AND datdba <> to_regrole('trust_guard')
UNION ALL
SELECT 'The schema trust does not belong to trust_guard.'
FROM pg_catalog.pg_namespace
WHERE nspname = 'trust' AND nspowner <> to_regrole('trust_guard')
