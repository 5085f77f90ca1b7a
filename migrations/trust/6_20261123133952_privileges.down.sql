-- What this migration granted in schemas and on tables that outlive a downgrade of it.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['trust_app', 'trust_reader', 'trust_archiver'] LOOP
    CONTINUE WHEN to_regrole(name) IS NULL;
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', name);
    EXECUTE format('REVOKE ALL ON ALL SEQUENCES IN SCHEMA trust FROM %I', name);
    EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA trust FROM %I', name);
    EXECUTE format('REVOKE ALL ON SCHEMA public FROM %I', name);
  END LOOP;
END
$$;
