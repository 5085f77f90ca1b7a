-- Purpose: the state of the ledger, one row: how many leaves it has, what its tiles of the right edge hold so far, and up
-- to which event everything has its leaf. The row's lock lets one sealer work at a time; writers of events never
-- touch it.
CREATE TABLE trust.audit_ledger (
  singleton boolean NOT NULL DEFAULT true,
  size bigint NOT NULL DEFAULT 0,
  edge bytea[] NOT NULL DEFAULT ARRAY[''::bytea],  -- by level, each fewer than 256 hashes
  edge_ids bigint[] NOT NULL DEFAULT '{}',  -- the events of the tile at level 0
  sealed_tx xid8 NOT NULL DEFAULT '0',
  sealed_id bigint NOT NULL DEFAULT 0,
  -- Of an epoch's backlog, in the order of ids: the last event that has its leaf. NULL once all have one.
  backlog_id bigint,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_ledger_pkey PRIMARY KEY (singleton),
  CONSTRAINT audit_ledger_singleton_ck CHECK (singleton),
  CONSTRAINT audit_ledger_edge_ck CHECK (octet_length(edge[1]) = 32 * (size % 256) AND cardinality(edge_ids) = size % 256)
);
ALTER TABLE trust.audit_ledger ALTER COLUMN edge SET STORAGE EXTERNAL;
REVOKE ALL ON TABLE trust.audit_ledger FROM PUBLIC;
INSERT INTO trust.audit_ledger DEFAULT VALUES;
