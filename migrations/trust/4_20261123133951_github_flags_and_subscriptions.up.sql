-- from: tables/github_accounts.sql
-- Purpose: the GitHub account of a user. The number is GitHub's own id, which survives a change of name.
CREATE TABLE public.github_accounts (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT github_accounts_pkey PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT github_accounts_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
  github_user_id bigint NOT NULL CONSTRAINT github_accounts_github_user_id_key UNIQUE,
  username varchar(100) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT github_accounts_username_ck CHECK (username <> '')
);
CREATE INDEX github_accounts_user_id_idx ON public.github_accounts (user_id);

-- from: tables/github_repo_mappings.sql
-- Purpose: the repository in which the work of a lab session is done.
-- A URL is https or ssh, names a host and a path, and holds no password. No part of it begins with a dash, which
-- a tool would take for an option, or is a way up ("..").
CREATE TABLE public.github_repo_mappings (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT github_repo_mappings_pkey PRIMARY KEY,
  lab_session_id uuid NOT NULL
    CONSTRAINT github_repo_mappings_lab_session_id_fkey REFERENCES public.lab_sessions (id) ON DELETE RESTRICT,
  repo_url varchar(500) NOT NULL,
  default_branch varchar(255) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT github_repo_mappings_repo_url_ck CHECK (
    repo_url !~ '(^|[/:@.])-|\.\.|[/:]\.(/|$)|(//|@)\.'
    AND (
      repo_url ~ '^https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~-]+)+$'
      OR repo_url ~ '^ssh://([A-Za-z0-9._-]+@)?[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._~-]+)+$'
      OR repo_url ~ '^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:[A-Za-z0-9._~-]+(/[A-Za-z0-9._~-]+)+$'
    )
  ),
  -- What `git check-ref-format --branch` refuses, as far as it can lead a shell or a path astray.
  CONSTRAINT github_repo_mappings_default_branch_ck CHECK (
    default_branch ~ '^[A-Za-z0-9_][A-Za-z0-9._/+-]*$' AND default_branch !~ '(\.\.|//|/\.|\.lock$|[./]$)'
  ),
  CONSTRAINT github_repo_mappings_lab_session_id_repo_url_key UNIQUE (lab_session_id, repo_url)
);

-- from: tables/feature_flags.sql
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

-- from: tables/subscriptions.sql
-- Purpose: what a user pays for; at most one that is not canceled.
CREATE TABLE public.subscriptions (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT subscriptions_pkey PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT subscriptions_user_id_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
  plan varchar(16) NOT NULL,
  status varchar(16) NOT NULL DEFAULT 'ACTIVE',
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT subscriptions_plan_ck CHECK (plan IN ('FREE', 'PAID')),
  CONSTRAINT subscriptions_status_ck CHECK (status IN ('ACTIVE', 'PAST_DUE', 'CANCELED'))
);
CREATE UNIQUE INDEX subscriptions_user_id_live_key ON public.subscriptions (user_id) WHERE status <> 'CANCELED';
CREATE INDEX subscriptions_user_id_idx ON public.subscriptions (user_id);

-- from: triggers/github_accounts.sql
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.github_accounts
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.github_accounts ENABLE ALWAYS TRIGGER t80_touch;

-- from: triggers/github_repo_mappings.sql
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.github_repo_mappings
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.github_repo_mappings ENABLE ALWAYS TRIGGER t80_touch;

-- from: triggers/feature_flags.sql
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.feature_flags
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.feature_flags ENABLE ALWAYS TRIGGER t80_touch;

-- from: triggers/subscriptions.sql
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.subscriptions
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.subscriptions ENABLE ALWAYS TRIGGER t80_touch;
