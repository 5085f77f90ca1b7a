-- Purpose: what holds for the database as a whole: time zone UTC, no temporary tables for everybody, and
-- uuid-ossp where the server offers it. A temporary table hides the table of the same name from whatever uses
-- that connection of a pool next, and with it the rules that the table has.
-- All need rights that a migration role may lack (the database's owner has them); without them the
-- migration goes on: every connection of the package sets UTC itself, and nothing depends on the extension.
DO $$
BEGIN
  EXECUTE pg_catalog.format('ALTER DATABASE %I SET timezone TO ''UTC''', pg_catalog.current_database());
  EXECUTE pg_catalog.format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'The time zone and the rights of the database are left as they are: only its owner may set them.';
END
$$;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'uuid-ossp') THEN
    CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA trust;
  END IF;
EXCEPTION WHEN insufficient_privilege OR undefined_file THEN
  RAISE NOTICE 'The extension uuid-ossp is left out: this role may not create it, or its library is missing. Nothing needs it.';
END
$$;
