-- Purpose: which environment this database belongs to; the newest row says it. It stands in the database and
-- not beside it, so that a restored copy and a renamed database still say what they are. It is no secret:
-- everybody may read it, and only the owner may write it.
-- IF NOT EXISTS, because whoever provisions marks a database before its first migration.
CREATE TABLE IF NOT EXISTS trust.environment (
  id uuid NOT NULL DEFAULT trust.uuid_v7(),
  name varchar(16) NOT NULL,
  marked_by varchar(63) NOT NULL DEFAULT session_user,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT environment_pkey PRIMARY KEY (id),
  CONSTRAINT environment_name_ck CHECK (name IN ('development', 'test', 'production'))
);
REVOKE ALL ON TABLE trust.environment FROM PUBLIC;
GRANT SELECT ON TABLE trust.environment TO PUBLIC;
