-- Purpose: four eyes. Whoever approves is somebody else than who asked, approves by a login that is meant for it, and
-- could not migrate or make himself a migrator: with one login that can do both, the second person is a formality.
CREATE OR REPLACE FUNCTION trust.check_lock_approver(requester text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  refusal text;
BEGIN
  SELECT CASE
      WHEN session_user = requester THEN 'Who asked for an override does not approve it.'
      WHEN rolsuper THEN 'A superuser does not approve overrides.'
      WHEN NOT pg_catalog.pg_has_role(session_user, 'trust_approver', 'MEMBER') THEN 'This login is no approver.'
      WHEN pg_catalog.pg_has_role(session_user, 'trust_owner', 'MEMBER') OR EXISTS (
          SELECT FROM trust.schema_lock WHERE pg_catalog.pg_has_role(session_user, previous_owner, 'MEMBER'))
        THEN 'Who may migrate does not approve overrides.'
      WHEN EXISTS (SELECT FROM pg_catalog.pg_roles AS others
          WHERE (others.rolsuper OR others.rolcreaterole) AND pg_catalog.pg_has_role(session_user, others.oid, 'MEMBER'))
        THEN 'Who may give himself the right to migrate does not approve overrides.'
    END INTO refusal
  FROM pg_catalog.pg_roles AS logins WHERE logins.rolname = session_user;
  IF refusal IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = refusal,
      HINT = 'Let somebody else approve, with a login that is a member of trust_approver alone.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_approver';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION trust.check_lock_approver(text) FROM PUBLIC;
