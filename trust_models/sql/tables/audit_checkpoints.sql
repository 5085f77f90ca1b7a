-- Purpose: what the ledger was at a moment, signed: a checkpoint (https://c2sp.org/tlog-checkpoint) with its number, and up
-- to which event it reaches; append-only. One is also written when nothing has happened, so that silence can be proven.
CREATE TABLE public.audit_checkpoints (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT audit_checkpoints_pkey PRIMARY KEY,
  number bigint NOT NULL,
  tree_size bigint NOT NULL,
  root_hash bytea NOT NULL,
  note text NOT NULL,
  sealed_tx xid8 NOT NULL,
  sealed_id bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
  CONSTRAINT audit_checkpoints_number_key UNIQUE (number),
  CONSTRAINT audit_checkpoints_number_ck CHECK (number > 0),
  CONSTRAINT audit_checkpoints_tree_size_ck CHECK (tree_size >= 0),
  CONSTRAINT audit_checkpoints_root_hash_ck CHECK (octet_length(root_hash) = 32),
  CONSTRAINT audit_checkpoints_note_ck CHECK (octet_length(note) <= 65536)
);
