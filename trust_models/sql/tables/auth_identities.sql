-- Purpose: a way in which a user proves who they are; many per user, each held by one user only.
CREATE TABLE public.auth_identities (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT auth_identities_pkey PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT auth_identities_user_id_fkey REFERENCES public.users (id) ON DELETE CASCADE,
  provider varchar(16) NOT NULL,
  provider_user_id varchar(255) NOT NULL,
  email varchar(320),
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT auth_identities_provider_ck CHECK (provider IN ('EMAIL', 'GOOGLE', 'GITHUB')),
  CONSTRAINT auth_identities_provider_user_id_ck CHECK (provider_user_id <> ''),
  CONSTRAINT auth_identities_provider_provider_user_id_key UNIQUE (provider, provider_user_id)
);
CREATE INDEX auth_identities_user_id_idx ON public.auth_identities (user_id);
