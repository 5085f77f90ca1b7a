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
