-- Purpose: a person on the platform. Personal data lives here, in the auth tables and in github_accounts only.
CREATE TABLE public.users (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT users_pkey PRIMARY KEY,
  email varchar(320) NOT NULL CONSTRAINT users_email_key UNIQUE,
  display_name varchar(200),
  role varchar(16) NOT NULL DEFAULT 'USER',
  auth_provider varchar(16) NOT NULL,
  erased_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT users_email_ck CHECK (email = trust.normalise_email(email) AND email ~ '^[^@[:space:][:cntrl:]]+@[^@[:space:][:cntrl:]]+$'),
  CONSTRAINT users_role_ck CHECK (role IN ('ADMIN', 'USER', 'RECRUITER')),
  CONSTRAINT users_auth_provider_ck CHECK (auth_provider IN ('EMAIL', 'GOOGLE', 'GITHUB'))
);
-- Some letters have two small forms (the Greek sigma), which lower() tells apart.
CREATE UNIQUE INDEX users_email_upper_key ON public.users (upper(email));
