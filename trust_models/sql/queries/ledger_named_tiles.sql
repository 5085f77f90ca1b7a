-- Purpose: full tiles by name. $1, $2: the level and the number of each.
SELECT tile.level, tile.number, tile.hashes
FROM unnest($1::smallint[], $2::bigint[]) AS wanted (level, number)
JOIN trust.audit_tiles AS tile ON tile.level = wanted.level AND tile.number = wanted.number
