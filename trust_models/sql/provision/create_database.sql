-- Purpose: the statement that makes the database, unless it is there. lower('Ä') has to be 'ä' in it, whatever the
-- server's locale, because addresses are compared in lower case: PostgreSQL brings such a locale along since 17;
-- before, it is the C library's, where that has it. Settings: trust.provision_database.
SELECT format(
    'CREATE DATABASE %I TEMPLATE template0 ENCODING ''UTF8''', current_setting('trust.provision_database'))
  || CASE
    WHEN current_setting('server_version_num')::integer >= 170000
      THEN ' LOCALE_PROVIDER builtin BUILTIN_LOCALE ''C.UTF-8'' LOCALE ''C'''
    ELSE coalesce((
      SELECT format(' LOCALE_PROVIDER libc LOCALE %L', collcollate) FROM pg_catalog.pg_collation
      WHERE collprovider = 'c' AND lower(collcollate) IN ('c.utf-8', 'c.utf8') ORDER BY collcollate LIMIT 1), '')
  END AS statement,
  format('made the database %s', current_setting('trust.provision_database')) AS done,
  NULL AS otherwise
WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_database WHERE datname = current_setting('trust.provision_database'));
