-- Purpose: the key of an append-only record: a UUIDv7 of this moment, whatever key the writer states. The random bits
-- are those of the stated one, which as a rule is the column's default: where the server reads them from a device,
-- reading them twice would take a tenth of the INSERT. They mean nothing; one that has none gets some.
CREATE OR REPLACE FUNCTION trust.uuid_v7_of(stated uuid) RETURNS uuid
  LANGUAGE sql VOLATILE PARALLEL SAFE
  RETURN (
    overlay(
      lpad(to_hex(floor(date_part('epoch', clock_timestamp()) * 4096000)::bigint), 15, '0')
      PLACING '7' FROM 13 FOR 0
    )
    || substr(
      (CASE WHEN substr(stated::text, 20, 1) IN ('8', '9', 'a', 'b') THEN stated ELSE gen_random_uuid() END)::text,
      20)
  )::uuid;
GRANT EXECUTE ON FUNCTION trust.uuid_v7_of(uuid) TO PUBLIC;
