-- Purpose: marks the database with its environment, unless it is marked. It reads the table and calls no function
-- of the schema: whoever owns that could have replaced it, and an admin would run it with rights on every database.
-- Settings: trust.provision_environment.
SELECT format(
    'INSERT INTO trust.environment (name) VALUES (%L)', current_setting('trust.provision_environment')) AS statement,
  format('marked %s as %s', current_database(), current_setting('trust.provision_environment')) AS done,
  NULL AS otherwise
WHERE NOT EXISTS (SELECT FROM trust.environment);
