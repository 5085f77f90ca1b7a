-- Purpose: what a lesson said when it was published; append-only.
-- updated_at is there because every table has it; here it can be nothing but created_at.
CREATE TABLE public.lesson_versions (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT lesson_versions_pkey PRIMARY KEY,
  lesson_id uuid NOT NULL CONSTRAINT lesson_versions_lesson_id_fkey REFERENCES public.lessons (id) ON DELETE RESTRICT,
  version integer NOT NULL,
  content jsonb NOT NULL,
  content_sha256 varchar(64) NOT NULL,
  created_by uuid CONSTRAINT lesson_versions_created_by_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
  CONSTRAINT lesson_versions_version_ck CHECK (version > 0),
  CONSTRAINT lesson_versions_content_ck CHECK (jsonb_typeof(content) = 'object'),
  CONSTRAINT lesson_versions_content_sha256_ck CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT lesson_versions_lesson_id_version_key UNIQUE (lesson_id, version)
);
CREATE INDEX lesson_versions_created_by_idx ON public.lesson_versions (created_by);
