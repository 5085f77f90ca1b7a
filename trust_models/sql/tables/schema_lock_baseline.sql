-- Purpose: what the schema was when it was locked, or after the last override; the rows of trust.schema_catalogue().
CREATE TABLE trust.schema_lock_baseline (
  kind text NOT NULL,
  name text NOT NULL,
  definition text NOT NULL,
  CONSTRAINT schema_lock_baseline_pkey PRIMARY KEY (kind, name)
);
REVOKE ALL ON TABLE trust.schema_lock_baseline FROM PUBLIC;
