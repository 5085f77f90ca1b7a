-- Purpose: the roles of the product, without a login of their own here: whoever provisions gives them one,
-- or makes login roles that are members. Each is made only if it is missing, and two at once are safe.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY
    ARRAY['trust_owner', 'trust_guard', 'trust_approver', 'trust_app', 'trust_reader', 'trust_archiver']
  LOOP
    IF to_regrole(name) IS NULL THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        RAISE NOTICE 'The role % was made by another session at the same time.', name;
      END;
    END IF;
  END LOOP;
END
$$;
