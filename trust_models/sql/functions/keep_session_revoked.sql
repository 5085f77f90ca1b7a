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
