-- Purpose: the schema of everything that is not a table: functions, guards, internals.
-- Nothing in it is ever found through a caller's search_path: every use names the schema.
-- USAGE for everyone only makes the names resolvable: for triggers, which run with the writer's rights, and for a
-- service that was just installed and asks what the database has. Each function and each relation in it has grants of
-- its own.
CREATE SCHEMA IF NOT EXISTS trust;
REVOKE ALL ON SCHEMA trust FROM PUBLIC;
GRANT USAGE ON SCHEMA trust TO PUBLIC;
