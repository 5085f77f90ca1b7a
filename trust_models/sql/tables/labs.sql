-- Purpose: a lab as it is being written; what learners work on are its versions.
CREATE TABLE public.labs (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT labs_pkey PRIMARY KEY,
  slug varchar(100) NOT NULL CONSTRAINT labs_slug_key UNIQUE,
  title varchar(200) NOT NULL,
  difficulty varchar(16) NOT NULL,
  estimated_minutes integer NOT NULL,
  config jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT labs_slug_ck CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  CONSTRAINT labs_title_ck CHECK (title <> ''),
  CONSTRAINT labs_difficulty_ck CHECK (difficulty IN ('BEGINNER', 'INTERMEDIATE', 'ADVANCED')),
  CONSTRAINT labs_estimated_minutes_ck CHECK (estimated_minutes > 0),
  CONSTRAINT labs_config_ck CHECK (jsonb_typeof(config) = 'object')
);
