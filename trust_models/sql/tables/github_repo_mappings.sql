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
