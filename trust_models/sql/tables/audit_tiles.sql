-- Purpose: the hashes of the ledger, an RFC 6962 Merkle tree over the events, in tiles of 256 hashes of 32 bytes
-- (https://c2sp.org/tlog-tiles). Level 0 holds the hashes of the events, and says which event each is of; an entry of a
-- higher level is the root of one tile below. Only full tiles are here, and they never change; what is not full yet
-- stands in trust.audit_ledger. Only trust.append_leaves writes it.
CREATE TABLE trust.audit_tiles (
  level smallint NOT NULL,
  number bigint NOT NULL,
  hashes bytea NOT NULL,
  ids bigint[],
  -- Where to look for an event: the ids of a tile overlap those of its neighbours only as far as transactions did.
  id_range int8range,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_tiles_pkey PRIMARY KEY (level, number),
  CONSTRAINT audit_tiles_level_ck CHECK (level BETWEEN 0 AND 7),
  CONSTRAINT audit_tiles_number_ck CHECK (number >= 0),
  CONSTRAINT audit_tiles_hashes_ck CHECK (octet_length(hashes) = 8192),
  CONSTRAINT audit_tiles_ids_ck CHECK (CASE WHEN level = 0 THEN cardinality(ids) IS NOT DISTINCT FROM 256 ELSE ids IS NULL END)
);
-- Hashes do not compress.
ALTER TABLE trust.audit_tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
CREATE INDEX audit_tiles_id_range_idx ON trust.audit_tiles USING gist (id_range) WHERE level = 0;
REVOKE ALL ON TABLE trust.audit_tiles FROM PUBLIC;
