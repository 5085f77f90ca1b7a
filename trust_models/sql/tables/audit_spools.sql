-- Purpose: how far each spool of a service has been written to the audit log: the last line of it that is done, and the
-- login that writes it. Moved on in the transaction that writes the events, so that a line is written once, whoever is
-- killed. One row for each process that has ever spooled; only trust.replay_audit_events writes it.
CREATE TABLE trust.audit_spools (
  id uuid NOT NULL,
  login name NOT NULL,
  replayed bigint NOT NULL DEFAULT 0,
  last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_spools_pkey PRIMARY KEY (id),
  CONSTRAINT audit_spools_replayed_ck CHECK (replayed >= 0)
);
REVOKE ALL ON TABLE trust.audit_spools FROM PUBLIC;
