-- from: functions/normalise_email.sql
-- Purpose: the one form in which an e-mail address is stored and compared: without blanks around it,
-- Unicode in its composed form (RFC 6532), lower case.
CREATE OR REPLACE FUNCTION trust.normalise_email(address text) RETURNS text
  LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN lower(normalize(btrim(address, E' \t\r\n'), NFC));
-- Said outright: where functions come without rights for everybody, this one needs them.
GRANT EXECUTE ON FUNCTION trust.normalise_email(text) TO PUBLIC;

-- from: functions/store_normalised_email.sql
-- Purpose: users.email is stored normalised, whoever writes it.
CREATE OR REPLACE FUNCTION trust.store_normalised_email() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.email := trust.normalise_email(NEW.email);
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.store_normalised_email() FROM PUBLIC;

-- from: functions/keep_session_revoked.sql
-- Purpose: a revoked sign-in session stays revoked, and keeps its user and its token. The clock says when it was
-- revoked: one that is revoked for long, as a writer may claim, would be purged at once.
-- SECURITY DEFINER, so that a refusal can be counted.
CREATE OR REPLACE FUNCTION trust.keep_session_revoked() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'A revoked session cannot be revived.',
      HINT = 'Open a new session.',
      SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME,
      CONSTRAINT = 'auth_sessions_revoked_at_final';
  END IF;
  IF NEW.user_id <> OLD.user_id OR NEW.token_hash <> OLD.token_hash THEN
    PERFORM trust.record_refusal('23T01', TG_TABLE_NAME, TG_OP, pg_catalog.jsonb_build_object(
      'rule', 'auth_sessions_user_id_token_hash_immutable', 'id', OLD.id));
    RAISE EXCEPTION USING
      ERRCODE = '23T01',
      MESSAGE = 'The user and the token of a session never change.',
      HINT = 'Open a new session.',
      SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME,
      CONSTRAINT = 'auth_sessions_user_id_token_hash_immutable';
  END IF;
  IF OLD.revoked_at IS NULL AND NEW.revoked_at IS NOT NULL THEN
    NEW.revoked_at := pg_catalog.clock_timestamp();
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.keep_session_revoked() FROM PUBLIC;

-- from: functions/keep_last_identity.sql
-- Purpose: the last identity of a user cannot be unlinked, nor moved to another user.
-- The sibling that stays is locked, so that of two transactions that unlink two identities of one user at
-- the same time one waits for the other: whichever comes second finds none left and is refused. With a snapshot
-- from before it gets a serialization failure, and where each waits for the other, one is ended as a deadlock: both
-- may be tried again. A user who goes takes all identities along.
CREATE OR REPLACE FUNCTION trust.keep_last_identity() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF NEW.user_id = OLD.user_id THEN
      RETURN NEW;
    END IF;
    PERFORM trust.record_refusal('23T01', TG_TABLE_NAME, TG_OP, pg_catalog.jsonb_build_object(
      'rule', 'auth_identities_user_id_immutable', 'id', OLD.id));
    RAISE EXCEPTION USING
      ERRCODE = '23T01',
      MESSAGE = 'An identity never changes its user.',
      HINT = 'Link the identity to the other user anew.',
      SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME,
      CONSTRAINT = 'auth_identities_user_id_immutable';
  END IF;

  IF TG_OP = 'DELETE' THEN
    PERFORM FROM public.auth_identities
    WHERE user_id = OLD.user_id AND id <> OLD.id
    LIMIT 1
    FOR KEY SHARE;
    IF FOUND OR NOT EXISTS (SELECT FROM public.users WHERE id = OLD.user_id) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION USING
    ERRCODE = '23T03',
    MESSAGE = 'The last identity of a user cannot be unlinked.',
    HINT = 'Link another identity first.',
    SCHEMA = TG_TABLE_SCHEMA,
    TABLE = TG_TABLE_NAME,
    CONSTRAINT = 'auth_identities_user_id_last';
END
$$;
REVOKE ALL ON FUNCTION trust.keep_last_identity() FROM PUBLIC;

-- from: tables/users.sql
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

-- from: tables/auth_sessions.sql
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

-- from: tables/auth_identities.sql
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

-- from: triggers/users.sql
CREATE OR REPLACE TRIGGER t20_email BEFORE INSERT OR UPDATE OF email ON public.users
  FOR EACH ROW EXECUTE FUNCTION trust.store_normalised_email();
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.users
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.users ENABLE ALWAYS TRIGGER t20_email, ENABLE ALWAYS TRIGGER t80_touch;

-- from: triggers/auth_sessions.sql
SELECT trust.ensure_refusal_counters('auth_sessions', ARRAY['update']);
CREATE OR REPLACE TRIGGER t40_revoked BEFORE UPDATE ON public.auth_sessions
  FOR EACH ROW EXECUTE FUNCTION trust.keep_session_revoked();
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.auth_sessions
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.auth_sessions ENABLE ALWAYS TRIGGER t40_revoked, ENABLE ALWAYS TRIGGER t80_touch;

-- from: triggers/auth_identities.sql
SELECT trust.ensure_refusal_counters('auth_identities', ARRAY['update']);
CREATE OR REPLACE TRIGGER t40_last BEFORE UPDATE OF user_id OR DELETE ON public.auth_identities
  FOR EACH ROW EXECUTE FUNCTION trust.keep_last_identity();
CREATE OR REPLACE TRIGGER t40_last_truncate BEFORE TRUNCATE ON public.auth_identities
  FOR EACH STATEMENT EXECUTE FUNCTION trust.keep_last_identity();
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.auth_identities
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.auth_identities
  ENABLE ALWAYS TRIGGER t40_last, ENABLE ALWAYS TRIGGER t40_last_truncate, ENABLE ALWAYS TRIGGER t80_touch;
