-- Purpose: appends leaves to the ledger: to the edge of level 0, and what gets full on each level becomes a tile, whose
-- root is the next entry of the level above. Returns the ledger as it is then.
CREATE OR REPLACE FUNCTION trust.append_leaves(ledger trust.audit_ledger, leaves bytea, ids bigint[])
  RETURNS trust.audit_ledger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  depth integer := 0;
  pending bytea := ledger.edge[1] || leaves;
  first bigint := ledger.size / 256;  -- the tile that the edge is to become
  full_tiles integer;
  roots bytea;
BEGIN
  ledger.size := ledger.size + pg_catalog.cardinality(ids);
  ids := ledger.edge_ids || ids;
  LOOP
    full_tiles := pg_catalog.octet_length(pending) / 8192;
    ledger.edge[depth + 1] := pg_catalog.substr(pending, full_tiles * 8192 + 1);
    EXIT WHEN full_tiles = 0;

    WITH made AS (
      INSERT INTO trust.audit_tiles AS tile (level, number, hashes, ids)
      SELECT depth, first + at, pg_catalog.substr(pending, at * 8192 + 1, 8192),
        CASE depth WHEN 0 THEN append_leaves.ids[at * 256 + 1 : at * 256 + 256] END
      FROM pg_catalog.generate_series(0, full_tiles - 1) AS at
      RETURNING tile.number, trust.merkle_root(tile.hashes) AS root
    )
    SELECT pg_catalog.string_agg(made.root, '' ORDER BY made.number) INTO roots FROM made;
    depth := depth + 1;
    pending := coalesce(ledger.edge[depth + 1], '') || roots;
    first := first / 256;
  END LOOP;
  ledger.edge_ids := ids[pg_catalog.cardinality(ids) - ledger.size % 256 + 1 :];
  RETURN ledger;
END
$$;
REVOKE ALL ON FUNCTION trust.append_leaves(trust.audit_ledger, bytea, bigint[]) FROM PUBLIC;
