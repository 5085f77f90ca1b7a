-- Aerich's own table stays: it records that this migration is gone.
DROP FUNCTION trust.applied_migrations();
DROP FUNCTION trust.next_number(integer, integer, text, text);
DROP FUNCTION trust.jsonb_sha256(jsonb);
DROP FUNCTION trust.touch();
DROP FUNCTION trust.uuid_v7_of(uuid);

-- A database that was marked keeps its marker, what guards it, and what provisioning made: it must not become
-- one that a process of another environment would take. From an unmarked one the rest goes too.
DO $$
BEGIN
  IF trust.environment() IS NOT NULL THEN
    RAISE NOTICE 'The schema trust stays, with the marker of this database''s environment.';
    RETURN;
  END IF;
  DROP FUNCTION trust.environment();
  DROP TABLE trust.environment;
  DROP FUNCTION trust.assign_environment();
  DROP FUNCTION trust.guard_table(regclass);
  DROP FUNCTION trust.refuse_mutation();
  DROP FUNCTION trust.record_refusal(text, text, text, jsonb);
  DROP FUNCTION trust.log_refusal(bigint, text, text, text, jsonb);
  DROP FUNCTION trust.printable(jsonb);
  DROP FUNCTION trust.ensure_refusal_counters(text, text[]);
  DROP SEQUENCE trust.refused_other;
  DROP FUNCTION trust.uuid_v7();
  -- The extension goes along where the first migration put it there; anything else left inside is an error.
  IF EXISTS (
    SELECT FROM pg_catalog.pg_extension
    WHERE extname = 'uuid-ossp' AND extnamespace = 'trust'::regnamespace
  ) THEN
    DROP EXTENSION "uuid-ossp";
  END IF;
  DROP SCHEMA trust;
  BEGIN
    EXECUTE pg_catalog.format('ALTER DATABASE %I RESET timezone', pg_catalog.current_database());
    EXECUTE pg_catalog.format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', pg_catalog.current_database());
  EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'The time zone and the rights of the database are left as they are: only its owner may set them.';
  END;
END
$$;
