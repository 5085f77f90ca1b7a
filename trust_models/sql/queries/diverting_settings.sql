-- Purpose: settings kept for this database, or for a login of the product, that lead names to other tables, switch
-- ordinary triggers off, or let a text be read in another way. The lock holds the tables, not the way to them.
SELECT pg_catalog.format('%s is kept for %s: statements may reach something else than what is locked.',
  pg_catalog.split_part(setting, '=', 1),
  CASE setrole WHEN 0 THEN 'the database' ELSE pg_catalog.pg_get_userbyid(setrole)::text END) AS problem
FROM pg_catalog.pg_db_role_setting, pg_catalog.unnest(setconfig) AS setting
WHERE setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
  AND pg_catalog.lower(pg_catalog.split_part(setting, '=', 1))
    IN ('search_path', 'session_replication_role', 'standard_conforming_strings', 'event_triggers')
  AND (setrole = 0 OR setrole IN (
    SELECT oid FROM pg_catalog.pg_roles WHERE rolname ~ '^trust_'
    UNION SELECT member FROM pg_catalog.pg_auth_members JOIN pg_catalog.pg_roles ON pg_roles.oid = roleid
    WHERE rolname ~ '^trust_'))
ORDER BY 1;
