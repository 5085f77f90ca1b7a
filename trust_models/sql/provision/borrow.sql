-- Purpose: what an admin who is no superuser needs for the time of this transaction: to act for the owner of the
-- database, and for the guard whose default privileges are set. Nobody else sees it; give_back.sql takes it back.
-- Settings: trust.provision_owner.
SELECT format('GRANT %I TO CURRENT_USER', name)
    || CASE WHEN current_setting('server_version_num')::integer >= 160000
      THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END AS statement,
  NULL AS done,
  format('without the rights of %s, what needs them is left out', name) AS otherwise
FROM unnest(ARRAY[current_setting('trust.provision_owner'), 'trust_guard']) AS name
WHERE NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
ORDER BY name;
