-- Purpose: a signed-in browser or device. The token itself is never stored, only its SHA-256.
CREATE TABLE public.auth_sessions (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT auth_sessions_pkey PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT auth_sessions_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
  token_hash varchar(64) NOT NULL CONSTRAINT auth_sessions_token_hash_key UNIQUE,
  expires_at timestamptz NOT NULL,
  last_seen_at timestamptz,
  revoked_at timestamptz,
  ip_address inet,
  user_agent varchar(1000),
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT auth_sessions_token_hash_ck CHECK (token_hash ~ '^[0-9a-f]{64}$'),
  -- A year, and a day for clocks: the most that TRUST_SESSION_MAX_AGE may be.
  CONSTRAINT auth_sessions_expires_at_ck CHECK (
    expires_at > created_at AND expires_at <= created_at + interval '8808 hours' AND isfinite(created_at)
  ),
  CONSTRAINT auth_sessions_last_seen_at_ck CHECK (isfinite(last_seen_at)),
  CONSTRAINT auth_sessions_revoked_at_ck CHECK (isfinite(revoked_at))
);
CREATE INDEX auth_sessions_user_id_idx ON public.auth_sessions (user_id);
CREATE INDEX auth_sessions_expires_at_idx ON public.auth_sessions (expires_at);
