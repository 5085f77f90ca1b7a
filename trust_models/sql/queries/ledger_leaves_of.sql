-- Purpose: the leaves that stand in full tiles, of events. $1: the ids of the events.
SELECT wanted.id, tile.number * 256 + place.at - 1 AS leaf,
  pg_catalog.substr(tile.hashes, place.at::integer * 32 - 31, 32) AS hash
FROM pg_catalog.unnest($1::bigint[]) AS wanted (id)
JOIN trust.audit_tiles AS tile ON tile.level = 0 AND tile.id_range @> wanted.id
CROSS JOIN LATERAL pg_catalog.array_position(tile.ids, wanted.id) AS place (at)
WHERE place.at IS NOT NULL
