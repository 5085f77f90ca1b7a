-- Purpose: one run of a verification: which commit, with which result; append-only.
-- updated_at is there because every table has it; here it can be nothing but created_at.
CREATE TABLE public.verification_attempts (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT verification_attempts_pkey PRIMARY KEY,
  lab_session_id uuid NOT NULL
    CONSTRAINT verification_attempts_lab_session_id_fkey REFERENCES public.lab_sessions (id) ON DELETE RESTRICT,
  attempt integer NOT NULL,
  commit_sha varchar(64) NOT NULL,
  result varchar(16) NOT NULL,
  logs jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
  CONSTRAINT verification_attempts_attempt_ck CHECK (attempt > 0),
  CONSTRAINT verification_attempts_commit_sha_ck CHECK (commit_sha ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
  CONSTRAINT verification_attempts_result_ck CHECK (result IN ('PASS', 'FAIL')),
  CONSTRAINT verification_attempts_lab_session_id_attempt_key UNIQUE (lab_session_id, attempt)
);
