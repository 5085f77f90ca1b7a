-- Purpose: keeps the owner from hanging anything on the tables that are read, between the look at them and the reading.
-- Records can be written meanwhile. An admin who is no superuser may not, and has less to lose.
SELECT format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', oid::regclass) AS statement,
  NULL AS done,
  format('%s is not held', oid::regclass) AS otherwise
FROM pg_catalog.pg_class
WHERE oid IN (to_regclass('trust.environment'), to_regclass('public.aerich')) AND relkind = 'r'
  AND (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
ORDER BY oid::regclass::text;
