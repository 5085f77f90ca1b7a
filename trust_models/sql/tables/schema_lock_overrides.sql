-- Purpose: permission to run one text, once, while the schema is locked: asked for by one person, given by another.
CREATE TABLE public.schema_lock_overrides (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT schema_lock_overrides_pkey PRIMARY KEY,
  migration varchar(255) NOT NULL,
  sql_sha256 varchar(64) NOT NULL,
  reason varchar(1000) NOT NULL,
  requested_by varchar(63) NOT NULL,
  approved_by varchar(63),
  approved_at timestamptz,
  expires_at timestamptz,
  used_at timestamptz,
  used_tx xid8,
  revoked_by varchar(63),
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT schema_lock_overrides_migration_ck CHECK (migration ~ '^([0-9]+_\w+\.py|release)$'),
  CONSTRAINT schema_lock_overrides_sql_sha256_ck CHECK (sql_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT schema_lock_overrides_reason_ck CHECK (reason !~ '^\s*$'),
  CONSTRAINT schema_lock_overrides_four_eyes_ck CHECK (approved_by <> requested_by),
  CONSTRAINT schema_lock_overrides_approval_ck CHECK (num_nulls(approved_by, approved_at, expires_at) IN (0, 3)),
  CONSTRAINT schema_lock_overrides_expires_at_ck
    CHECK (expires_at > approved_at AND expires_at <= approved_at + interval '24 hours'),
  CONSTRAINT schema_lock_overrides_use_ck
    CHECK (num_nulls(used_at, used_tx) IN (0, 2) AND (used_at IS NULL OR approved_at IS NOT NULL)),
  CONSTRAINT schema_lock_overrides_revocation_ck
    CHECK (num_nulls(revoked_by, revoked_at) IN (0, 2) AND (revoked_at IS NULL OR used_at IS NULL))
);
CREATE INDEX schema_lock_overrides_sql_sha256_idx ON public.schema_lock_overrides (sql_sha256);
CREATE INDEX schema_lock_overrides_used_tx_idx ON public.schema_lock_overrides (used_tx);
