-- Purpose: whether the schema is locked: one row while it is, with what a release needs to take it back. Everybody may
-- read it: what a locked schema should be depends on who owned it before.
CREATE TABLE trust.schema_lock (
  engaged boolean NOT NULL DEFAULT true CONSTRAINT schema_lock_pkey PRIMARY KEY,
  engaged_by varchar(63) NOT NULL,
  engaged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  previous_owner regrole NOT NULL,
  previous_database_owner regrole,
  CONSTRAINT schema_lock_engaged_ck CHECK (engaged)
);
REVOKE ALL ON TABLE trust.schema_lock FROM PUBLIC;
GRANT SELECT ON TABLE trust.schema_lock TO PUBLIC;
