-- Purpose: what is still to be done that this database belongs to its own owner login: to one that opens no other
-- database. While the schema is locked it belongs to the guard, and stays so. Settings: trust.provision_owner.
SELECT format('ALTER DATABASE %I OWNER TO %I', datname, current_setting('trust.provision_owner')) AS statement,
  format('made %s the owner of %s', current_setting('trust.provision_owner'), datname) AS done,
  NULL AS otherwise
FROM pg_catalog.pg_database
WHERE datname = current_database()
  AND pg_get_userbyid(datdba) NOT IN (current_setting('trust.provision_owner'), 'trust_guard');
