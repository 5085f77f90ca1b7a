-- Purpose: a lesson as it is being written; what learners get are its versions.
CREATE TABLE public.lessons (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT lessons_pkey PRIMARY KEY,
  slug varchar(100) NOT NULL CONSTRAINT lessons_slug_key UNIQUE,
  title varchar(200) NOT NULL,
  difficulty varchar(16) NOT NULL,
  status varchar(16) NOT NULL DEFAULT 'DRAFT',
  content jsonb NOT NULL DEFAULT '{}',
  published_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT lessons_slug_ck CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  CONSTRAINT lessons_title_ck CHECK (title <> ''),
  CONSTRAINT lessons_difficulty_ck CHECK (difficulty IN ('BEGINNER', 'INTERMEDIATE', 'ADVANCED')),
  CONSTRAINT lessons_status_ck CHECK (status IN ('DRAFT', 'PUBLISHED')),
  CONSTRAINT lessons_content_ck CHECK (jsonb_typeof(content) = 'object'),
  CONSTRAINT lessons_published_at_ck CHECK (status <> 'PUBLISHED' OR published_at IS NOT NULL)
);
