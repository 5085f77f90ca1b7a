-- Purpose: which environment the database is marked as; no row when it is not. It reads the table, because the function
-- trust.environment() is its owner's to replace.
SELECT name, name <> current_setting('trust.provision_environment') AS otherwise
FROM ONLY trust.environment ORDER BY created_at DESC, id DESC LIMIT 1;
