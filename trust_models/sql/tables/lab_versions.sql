-- Purpose: what a lab demanded when a learner started it; append-only.
-- updated_at is there because every table has it; here it can be nothing but created_at.
CREATE TABLE public.lab_versions (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT lab_versions_pkey PRIMARY KEY,
  lab_id uuid NOT NULL CONSTRAINT lab_versions_lab_id_fkey REFERENCES public.labs (id) ON DELETE RESTRICT,
  version integer NOT NULL,
  config jsonb NOT NULL,
  config_sha256 varchar(64) NOT NULL,
  created_by uuid CONSTRAINT lab_versions_created_by_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
  CONSTRAINT lab_versions_version_ck CHECK (version > 0),
  CONSTRAINT lab_versions_config_ck CHECK (jsonb_typeof(config) = 'object'),
  CONSTRAINT lab_versions_config_sha256_ck CHECK (config_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT lab_versions_lab_id_version_key UNIQUE (lab_id, version)
);
CREATE INDEX lab_versions_created_by_idx ON public.lab_versions (created_by);
