-- Purpose: consecutive tiles of a level. $1: the level; $2, $3: the first number and the one behind the last.
SELECT tile.number, tile.hashes, tile.ids FROM trust.audit_tiles AS tile
WHERE tile.level = $1 AND tile.number >= $2 AND tile.number < $3 ORDER BY tile.number
