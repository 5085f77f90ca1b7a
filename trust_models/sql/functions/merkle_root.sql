-- Purpose: the root of the Merkle tree over some hashes of 32 bytes, one behind the other (RFC 6962, section 2.1): two
-- neighbours become one node, and a last one without a neighbour rises as it is. Of no hashes there is none.
CREATE OR REPLACE FUNCTION trust.merkle_root(hashes bytea) RETURNS bytea
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  mark CONSTANT bytea := pg_catalog.decode('01', 'hex');
BEGIN
  WHILE pg_catalog.octet_length(hashes) > 32 LOOP
    hashes := (
      SELECT pg_catalog.string_agg(
        CASE WHEN at + 32 < pg_catalog.octet_length(hashes)
          THEN pg_catalog.sha256(mark || pg_catalog.substr(hashes, at + 1, 64))
          ELSE pg_catalog.substr(hashes, at + 1)
        END, '' ORDER BY at)
      FROM pg_catalog.generate_series(0, pg_catalog.octet_length(hashes) - 1, 64) AS at);
  END LOOP;
  RETURN hashes;
END
$$;
REVOKE ALL ON FUNCTION trust.merkle_root(bytea) FROM PUBLIC;
