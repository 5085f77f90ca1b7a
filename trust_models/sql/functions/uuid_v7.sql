-- Purpose: the default of every UUID primary key: a UUIDv7 (RFC 9562, section 5.7), so that keys sort by time.
-- The twelve bits after the millisecond hold its fraction (section 6.2, method 3), which orders keys to a
-- quarter of a microsecond; 62 bits are random. One expression, so that PostgreSQL inlines it into the INSERT.
CREATE OR REPLACE FUNCTION trust.uuid_v7() RETURNS uuid
  LANGUAGE sql VOLATILE PARALLEL SAFE
  RETURN (
    overlay(
      -- Milliseconds and their fraction as one number of 48 + 12 bits: 15 hexadecimal digits. A double holds it.
      lpad(to_hex(floor(date_part('epoch', clock_timestamp()) * 4096000)::bigint), 15, '0')
      PLACING '7' FROM 13 FOR 0
    )
    -- The variant and the random bits are those of a version 4 UUID, from its fourth group on.
    || substr(gen_random_uuid()::text, 20)
  )::uuid;
-- Said outright: where functions come without rights for everybody, this one needs them.
GRANT EXECUTE ON FUNCTION trust.uuid_v7() TO PUBLIC;
