-- Purpose: a switch of the platform.
CREATE TABLE public.feature_flags (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT feature_flags_pkey PRIMARY KEY,
  key varchar(100) NOT NULL CONSTRAINT feature_flags_key_key UNIQUE,
  enabled boolean NOT NULL DEFAULT false,
  description varchar(500),
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT feature_flags_key_ck CHECK (key ~ '^[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)*$')
);
