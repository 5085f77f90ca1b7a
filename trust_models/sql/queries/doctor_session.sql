-- Purpose: what a connection says about itself and its server, for the doctor; readable by every role.
SELECT
  session_user::text AS login,
  current_database()::text AS database,
  roles.rolsuper AS superuser,
  roles.rolcreaterole OR roles.rolcreatedb OR roles.rolreplication OR roles.rolbypassrls AS privileged,
  ARRAY(
    SELECT reachable.rolname::text FROM pg_catalog.pg_roles AS reachable
    WHERE reachable.oid <> roles.oid AND pg_catalog.pg_has_role(roles.oid, reachable.oid, 'MEMBER')
      AND NOT roles.rolsuper
    ORDER BY 1) AS member_of,
  coalesce((SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()), false) AS tls,
  (SELECT version || ', ' || cipher FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()) AS tls_version,
  pg_catalog.inet_client_addr() IS NULL AS local,
  (SELECT substring(setting FROM '^TimeZone=(.*)$')
   FROM pg_catalog.pg_db_role_setting, pg_catalog.unnest(setconfig) AS setting
   WHERE setrole = 0 AND setdatabase = databases.oid AND setting ILIKE 'timezone=%') AS time_zone,
  pg_catalog.clock_timestamp() AS now,
  pg_catalog.pg_encoding_to_char(databases.encoding)::text AS encoding,
  pg_catalog.lower('Ä') = 'ä' AS folds_case,
  pg_catalog.has_database_privilege(databases.oid, 'TEMPORARY') AS may_make_temporary_tables,
  pg_catalog.has_schema_privilege('public', 'CREATE') AS may_create_in_public,
  pg_catalog.has_language_privilege('plpgsql', 'USAGE') AS may_run_code,
  pg_catalog.pg_is_in_recovery() AS replica,
  pg_catalog.current_setting('fsync') = 'on' AND pg_catalog.current_setting('full_page_writes') = 'on' AS durable,
  pg_catalog.current_setting('synchronous_commit') <> 'off' AS commits_wait,
  pg_catalog.current_setting('session_replication_role')::text AS replication_role,
  coalesce(pg_catalog.current_setting('event_triggers', true), 'on') = 'on' AS event_triggers,
  pg_catalog.current_setting('server_version')::text AS server_version,
  pg_catalog.current_setting('server_version_num')::integer / 10000 AS major
FROM pg_catalog.pg_database AS databases, pg_catalog.pg_roles AS roles
WHERE databases.datname = pg_catalog.current_database() AND roles.rolname = session_user;
