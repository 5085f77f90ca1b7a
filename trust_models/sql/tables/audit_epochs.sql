-- Purpose: the clusters in which the ledger has grown. Transaction ids, by which events are put in order, mean nothing in
-- another cluster: a database that is restored elsewhere from a dump begins a new epoch. Of the events up to `above_id`,
-- those that had no leaf yet come first, in the order of their ids; then those above it, by (tx_id, id).
CREATE TABLE trust.audit_epochs (
  number integer NOT NULL,
  first_leaf bigint NOT NULL,
  above_id bigint NOT NULL,
  server_identity text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_epochs_pkey PRIMARY KEY (number),
  CONSTRAINT audit_epochs_first_leaf_ck CHECK (first_leaf >= 0),
  CONSTRAINT audit_epochs_above_id_ck CHECK (above_id >= 0)
);
REVOKE ALL ON TABLE trust.audit_epochs FROM PUBLIC;
