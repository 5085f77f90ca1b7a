-- Purpose: the root of the whole ledger. The right edge of each level has on its right what is left of the level below.
CREATE OR REPLACE FUNCTION trust.ledger_root(edge bytea[]) RETURNS bytea
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  root bytea := '';
  hashes bytea;
BEGIN
  FOREACH hashes IN ARRAY edge LOOP
    root := trust.merkle_root(hashes || root);
  END LOOP;
  RETURN CASE root WHEN '' THEN pg_catalog.sha256('') ELSE root END;
END
$$;
REVOKE ALL ON FUNCTION trust.ledger_root(bytea[]) FROM PUBLIC;
