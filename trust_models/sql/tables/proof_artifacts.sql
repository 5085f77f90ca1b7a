-- Purpose: where the evidence of an attempt lies, and the hash that it must have; append-only.
-- A location is a path or a URL, and never holds credentials: a URL has nothing but a host and a port before its
-- path, and there is no query anywhere (signed URLs carry their secret there).
-- updated_at is there because every table has it; here it can be nothing but created_at.
CREATE TABLE public.proof_artifacts (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT proof_artifacts_pkey PRIMARY KEY,
  verification_attempt_id uuid NOT NULL
    CONSTRAINT proof_artifacts_verification_attempt_id_fkey
    REFERENCES public.verification_attempts (id) ON DELETE RESTRICT,
  type varchar(16) NOT NULL,
  location varchar(2000) NOT NULL,
  sha256 varchar(64) NOT NULL,
  size_bytes bigint NOT NULL,
  content_type varchar(255) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
  CONSTRAINT proof_artifacts_type_ck CHECK (type IN ('LOG', 'DIFF', 'SCREENSHOT')),
  CONSTRAINT proof_artifacts_location_ck CHECK (
    location ~ '^[^[:space:][:cntrl:]][^[:cntrl:]\\?]*$'
    AND location !~ '^[^/@:]+:[^/].*@'
    AND (
      location !~ '^([A-Za-z][A-Za-z0-9+.-]*:|//)'
      OR location ~ '^[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._-]*(:[0-9]+)?(/[^#]*)?$'
    )
  ),
  CONSTRAINT proof_artifacts_sha256_ck CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT proof_artifacts_size_bytes_ck CHECK (size_bytes >= 0),
  CONSTRAINT proof_artifacts_content_type_ck CHECK (
    content_type ~ '^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *;[^[:cntrl:]]*)?$'
  )
);
CREATE INDEX proof_artifacts_verification_attempt_id_idx ON public.proof_artifacts (verification_attempt_id);
