-- Purpose: one person's work on one version of a lab, from its start to its verified end.
CREATE TABLE public.lab_sessions (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT lab_sessions_pkey PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT lab_sessions_user_id_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
  lab_version_id uuid NOT NULL
    CONSTRAINT lab_sessions_lab_version_id_fkey REFERENCES public.lab_versions (id) ON DELETE RESTRICT,
  status varchar(16) NOT NULL DEFAULT 'IN_PROGRESS',
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz,
  compute_cost numeric(18, 6),
  cost_metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT lab_sessions_status_ck CHECK (status IN ('IN_PROGRESS', 'VERIFIED_PASS', 'FAILED')),
  CONSTRAINT lab_sessions_status_completed_at_ck CHECK ((status = 'IN_PROGRESS') = (completed_at IS NULL)),
  CONSTRAINT lab_sessions_completed_at_ck CHECK (completed_at >= started_at),
  CONSTRAINT lab_sessions_compute_cost_ck CHECK (compute_cost >= 0 AND compute_cost <> 'NaN'),
  CONSTRAINT lab_sessions_cost_metadata_ck CHECK (jsonb_typeof(cost_metadata) = 'object')
);
CREATE INDEX lab_sessions_user_id_idx ON public.lab_sessions (user_id, id);
CREATE INDEX lab_sessions_lab_version_id_idx ON public.lab_sessions (lab_version_id);
