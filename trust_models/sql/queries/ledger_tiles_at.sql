-- Purpose: the hashes of tiles, full ones and those of the right edge as far as they are filled.
-- $1: the levels; $2: the numbers.
WITH wanted AS (
  SELECT level, number FROM unnest($1::smallint[], $2::bigint[]) AS wanted (level, number)
)
SELECT tile.level, tile.number, tile.hashes FROM wanted JOIN trust.audit_tiles AS tile USING (level, number)
UNION ALL
SELECT wanted.level, wanted.number, ledger.edge[wanted.level + 1]
FROM wanted JOIN trust.audit_ledger AS ledger ON wanted.number = ledger.size >> (8 * (wanted.level + 1))
WHERE ledger.edge[wanted.level + 1] <> ''
