-- Purpose: makes the counters of what is refused on a table: one sequence per operation, since a sequence alone
-- keeps what it has counted when the refused statement is rolled back. Nobody is granted anything on them.
CREATE OR REPLACE FUNCTION trust.ensure_refusal_counters(table_name text, operations text[]) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  operation text;
  counter text;
BEGIN
  FOREACH operation IN ARRAY operations LOOP
    counter := pg_catalog.format('trust.%I', 'refused_' || table_name || '_' || operation);
    IF pg_catalog.to_regclass(counter) IS NULL THEN
      EXECUTE 'CREATE SEQUENCE ' || counter;
    END IF;
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION trust.ensure_refusal_counters(text, text[]) FROM PUBLIC;
