-- Purpose: what is still to be done that the extension uuid-ossp is there where the server offers it.
SELECT 'CREATE EXTENSION "uuid-ossp" WITH SCHEMA trust' AS statement,
  'made the extension uuid-ossp' AS done,
  'the extension uuid-ossp is left out; nothing needs it' AS otherwise
FROM pg_catalog.pg_available_extensions WHERE name = 'uuid-ossp' AND installed_version IS NULL;
