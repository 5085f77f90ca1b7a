-- Purpose: what an approver reads and approves by its hash before the lock is released. An administrator runs it with
-- this very text as $1, and moves everything back in the same transaction. After that, whoever migrates owns the
-- tables, the triggers and the guard of the records again, and may change each of them without asking, until the lock
-- is engaged once more.
SELECT pg_catalog.pg_get_userbyid(previous_owner) AS owner, pg_catalog.pg_get_userbyid(previous_database_owner) AS database_owner
FROM trust.release_schema_lock($1);
