-- Aerich's own table stays: it records that this migration is gone.
DROP FUNCTION trust.applied_migrations();
DROP FUNCTION trust.next_number(integer, integer, text, text);
DROP FUNCTION trust.jsonb_sha256(jsonb);
DROP FUNCTION trust.guard_table(regclass);
DROP FUNCTION trust.refuse_mutation();
DROP FUNCTION trust.record_refusal(text, text, text, jsonb);
DROP FUNCTION trust.log_refusal(bigint, text, text, text, jsonb);
DROP FUNCTION trust.printable(jsonb);
DROP FUNCTION trust.ensure_refusal_counters(text, text[]);
DROP SEQUENCE trust.refused_other;
DROP FUNCTION trust.touch();
DROP FUNCTION trust.uuid_v7();
-- Takes the extension along where the first migration put it there; anything else left inside is an error.
DO $$
BEGIN
  IF EXISTS (
    SELECT FROM pg_catalog.pg_extension
    WHERE extname = 'uuid-ossp' AND extnamespace = 'trust'::regnamespace
  ) THEN
    DROP EXTENSION "uuid-ossp";
  END IF;
END
$$;
DROP SCHEMA trust;
DO $$
BEGIN
  EXECUTE pg_catalog.format('ALTER DATABASE %I RESET timezone', pg_catalog.current_database());
  EXECUTE pg_catalog.format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', pg_catalog.current_database());
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'The time zone and the rights of the database are left as they are: only its owner may set them.';
END
$$;
