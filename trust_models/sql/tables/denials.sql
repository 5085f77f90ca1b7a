-- Purpose: how often clients reported that the database refused them something which it does not count by itself:
-- a missing right above all. A row per table, operation and SQLSTATE; only trust.count_denial writes it.
-- The rows are updated again and again, so their pages have room for that.
CREATE TABLE trust.denials (
  table_name text NOT NULL,
  operation text NOT NULL,
  sqlstate text NOT NULL,
  refused bigint NOT NULL DEFAULT 1,
  last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT denials_pkey PRIMARY KEY (table_name, operation, sqlstate)
) WITH (fillfactor = 50);
REVOKE ALL ON TABLE trust.denials FROM PUBLIC;
