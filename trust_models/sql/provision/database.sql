-- Purpose: what is still to be done that only its own logins connect to this database, that nobody but its owner makes
-- anything of its own in it, and that its time zone is UTC. A right of a role would open it to the logins of every
-- environment. An admin who is no superuser keeps the right to connect, or it could not come again. Settings: trust.provision_logins, trust.provision_strangers (the logins of other environments),
-- trust.provision_roles.
WITH held AS (
  SELECT datname, acl.grantee, acl.privilege_type,
    CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END AS who
  FROM pg_catalog.pg_database, aclexplode(coalesce(datacl, acldefault('d', datdba))) AS acl
  WHERE datname = current_database() AND acl.grantee <> datdba
), without_connect AS (
  SELECT jsonb_array_elements_text(current_setting('trust.provision_strangers')::jsonb) AS name
  UNION
  SELECT name FROM jsonb_to_recordset(current_setting('trust.provision_roles')::jsonb)
    AS wanted(name text, member_of text) WHERE member_of IS NULL
), steps AS (
  SELECT 1 AS step, format('REVOKE %s ON DATABASE %I FROM %s', privilege_type, datname, who) AS statement,
    format('took %s on %s from %s', privilege_type, datname, who) AS done,
    format('%s has %s on %s', who, privilege_type, datname) AS otherwise
  FROM held
  WHERE grantee = 0 OR privilege_type <> 'CONNECT'
    OR pg_get_userbyid(grantee) IN (SELECT name FROM without_connect)
  UNION ALL
  SELECT 2, format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), name),
    format('let %s connect to %s', name, current_database()),
    format('%s cannot connect to %s', name, current_database())
  FROM (
    SELECT jsonb_array_elements_text(current_setting('trust.provision_logins')::jsonb)
    UNION ALL
    SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = current_user AND NOT rolsuper
  ) AS admitted(name)
  WHERE NOT EXISTS (SELECT FROM held WHERE who = quote_ident(name) AND privilege_type = 'CONNECT')
    AND name <> (SELECT pg_get_userbyid(datdba) FROM pg_catalog.pg_database WHERE datname = current_database())
  UNION ALL
  SELECT 3, format('ALTER DATABASE %I SET timezone TO ''UTC''', current_database()),
    format('set the time zone of %s to UTC', current_database()),
    'connections that do not set UTC themselves have the time zone of the server'
  WHERE NOT EXISTS (
    SELECT FROM pg_catalog.pg_db_role_setting
    JOIN pg_catalog.pg_database AS databases ON databases.oid = setdatabase
    WHERE datname = current_database() AND setrole = 0 AND 'TimeZone=UTC' = ANY (setconfig))
  UNION ALL
  SELECT 4, NULL, NULL,
    'lower(''Ä'') is not ''ä'' in this database: addresses with such letters are not compared regardless of case;'
    ' dump it, make it anew with the locale C.UTF-8 and restore it'
  WHERE lower('Ä') <> 'ä'
)
SELECT statement, done, otherwise FROM steps ORDER BY step, statement;
