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
