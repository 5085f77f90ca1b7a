-- Purpose: the full tiles of level 0 that hold an event of a range of ids. $1, $2: the first and the last id.
SELECT tile.number, tile.hashes, tile.ids FROM trust.audit_tiles AS tile
WHERE tile.level = 0 AND tile.id_range && pg_catalog.int8range($1::bigint, $2::bigint, '[]') ORDER BY tile.number
