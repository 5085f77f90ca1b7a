-- from: schema/trust.sql
-- Purpose: the schema of everything that is not a table: functions, guards, internals.
-- Nothing in it is ever found through a caller's search_path: every use names the schema.
-- USAGE for everyone only makes the names resolvable: for triggers, which run with the writer's rights, and for a
-- service that was just installed and asks what the database has. Each function and each relation in it has grants of
-- its own.
CREATE SCHEMA IF NOT EXISTS trust;
REVOKE ALL ON SCHEMA trust FROM PUBLIC;
GRANT USAGE ON SCHEMA trust TO PUBLIC;

-- from: schema/database.sql
-- Purpose: what holds for the database as a whole: time zone UTC, no temporary tables for everybody, and
-- uuid-ossp where the server offers it. A temporary table hides the table of the same name from whatever uses
-- that connection of a pool next, and with it the rules that the table has.
-- All need rights that a migration role may lack (the database's owner has them); without them the
-- migration goes on: every connection of the package sets UTC itself, and nothing depends on the extension.
DO $$
BEGIN
  EXECUTE pg_catalog.format('ALTER DATABASE %I SET timezone TO ''UTC''', pg_catalog.current_database());
  EXECUTE pg_catalog.format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', pg_catalog.current_database());
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'The time zone and the rights of the database are left as they are: only its owner may set them.';
END
$$;

DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'uuid-ossp') THEN
    CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA trust;
  END IF;
EXCEPTION WHEN insufficient_privilege OR undefined_file THEN
  RAISE NOTICE 'The extension uuid-ossp is left out: this role may not create it, or its library is missing. Nothing needs it.';
END
$$;

-- from: functions/uuid_v7.sql
-- Purpose: the default of every UUID primary key: a UUIDv7 (RFC 9562, section 5.7), so that keys sort by time.
-- The twelve bits after the millisecond hold its fraction (section 6.2, method 3), which orders keys to a
-- quarter of a microsecond; 62 bits are random. One expression, so that PostgreSQL inlines it into the INSERT.
CREATE OR REPLACE FUNCTION trust.uuid_v7() RETURNS uuid
  LANGUAGE sql VOLATILE PARALLEL SAFE
  RETURN (
    overlay(
      -- Milliseconds and their fraction as one number of 48 + 12 bits: 15 hexadecimal digits.
      lpad(to_hex(floor(extract(epoch FROM clock_timestamp()) * 4096000)::bigint), 15, '0')
      PLACING '7' FROM 13 FOR 0
    )
    -- The variant and the random bits are those of a version 4 UUID, from its fourth group on.
    || substr(gen_random_uuid()::text, 20)
  )::uuid;

-- from: functions/touch.sql
-- Purpose: updated_at moves on every UPDATE, whoever makes it.
-- The clock, not the transaction's start: two changes in one transaction differ.
CREATE OR REPLACE FUNCTION trust.touch() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.updated_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.touch() FROM PUBLIC;

-- from: functions/refuse_mutation.sql
-- Purpose: the one guard of every append-only table: it refuses, without a branch, a setting or a test of
-- the role that could be used to switch it off. It raises and never returns NULL, which would drop the
-- change without a word and let a cascade leave orphans behind.
CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION USING
    ERRCODE = '23T01',
    MESSAGE = pg_catalog.format('%s is refused: the records of %I are immutable.', TG_OP, TG_TABLE_NAME),
    HINT = 'Insert a new record that corrects the old one.',
    SCHEMA = TG_TABLE_SCHEMA,
    TABLE = TG_TABLE_NAME,
    CONSTRAINT = TG_TABLE_NAME || '_immutable';
END
$$;
REVOKE ALL ON FUNCTION trust.refuse_mutation() FROM PUBLIC;

-- from: functions/guard_table.sql
-- Purpose: puts the full guard on an append-only table, or on one partition of it.
-- The statement triggers refuse also what touches no row, TRUNCATE among it; the row trigger refuses what
-- reaches a row by another way, a cascade. ENABLE ALWAYS: session_replication_role changes nothing.
-- A partition gets triggers of its own, because those cloned from its parent go with DETACH, and a TRUNCATE
-- trigger is not cloned at all. The parent's row trigger therefore bears another name: it is the first
-- protection of a partition that was attached by hand.
CREATE OR REPLACE FUNCTION trust.guard_table(target regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  row_trigger text := CASE
    WHEN (SELECT relkind FROM pg_catalog.pg_class WHERE oid = target) = 'p' THEN 't10_immutable_inherited'
    ELSE 't10_immutable'
  END;
BEGIN
  EXECUTE pg_catalog.format(
    'CREATE OR REPLACE TRIGGER %I BEFORE UPDATE OR DELETE ON %s'
    ' FOR EACH ROW EXECUTE FUNCTION trust.refuse_mutation()', row_trigger, target);
  EXECUTE pg_catalog.format(
    'CREATE OR REPLACE TRIGGER t10_immutable_statement BEFORE UPDATE OR DELETE ON %s'
    ' FOR EACH STATEMENT EXECUTE FUNCTION trust.refuse_mutation()', target);
  EXECUTE pg_catalog.format(
    'CREATE OR REPLACE TRIGGER t10_immutable_truncate BEFORE TRUNCATE ON %s'
    ' FOR EACH STATEMENT EXECUTE FUNCTION trust.refuse_mutation()', target);
  EXECUTE pg_catalog.format(
    'ALTER TABLE %s ENABLE ALWAYS TRIGGER %I, ENABLE ALWAYS TRIGGER t10_immutable_statement,'
    ' ENABLE ALWAYS TRIGGER t10_immutable_truncate', target, row_trigger);
END
$$;
REVOKE ALL ON FUNCTION trust.guard_table(regclass) FROM PUBLIC;

-- from: functions/jsonb_sha256.sql
-- Purpose: the SHA-256 of a JSON document, in hexadecimal, over the UTF-8 bytes of its jsonb text, which
-- PostgreSQL makes canonical (keys in a fixed order, single spaces, numbers as written).
CREATE OR REPLACE FUNCTION trust.jsonb_sha256(document jsonb) RETURNS text
  LANGUAGE sql STABLE STRICT PARALLEL SAFE
  RETURN encode(sha256(convert_to(document::text, 'UTF8')), 'hex');
REVOKE ALL ON FUNCTION trust.jsonb_sha256(jsonb) FROM PUBLIC;

-- from: functions/next_number.sql
-- Purpose: the number that follows the last one in a series without gaps; a writer may state it, but no other.
CREATE OR REPLACE FUNCTION trust.next_number(stated integer, last integer, table_name text, column_name text)
  RETURNS integer
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  following CONSTANT integer := coalesce(last, 0) + 1;
BEGIN
  IF stated <> following THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T02',
      MESSAGE = pg_catalog.format('%s.%s %s is out of order: the next one is %s.', table_name, column_name, stated, following),
      HINT = pg_catalog.format('Leave %s out: the database assigns it.', column_name),
      SCHEMA = 'public',
      TABLE = table_name,
      COLUMN = column_name,
      CONSTRAINT = pg_catalog.format('%s_%s_order', table_name, column_name);
  END IF;
  RETURN following;
END
$$;
REVOKE ALL ON FUNCTION trust.next_number(integer, integer, text, text) FROM PUBLIC;

-- from: tables/aerich.sql
-- Purpose: Aerich's own bookkeeping, as Aerich would create it. The unique index makes the loser of two
-- upgrades that got past the lock fail, and so roll back, instead of applying a migration twice.
CREATE TABLE IF NOT EXISTS public.aerich (
  id serial NOT NULL PRIMARY KEY,
  version varchar(255) NOT NULL,
  app varchar(100) NOT NULL,
  content jsonb NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS aerich_app_version_key ON public.aerich (app, version);

-- from: functions/applied_migrations.sql
-- Purpose: tells any role which migrations the database has, so that a service can refuse to start on a
-- schema that it does not fit, without a right on Aerich's own table (whose content is unpickled on the
-- host that migrates).
CREATE OR REPLACE FUNCTION trust.applied_migrations() RETURNS SETOF text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT version::text FROM public.aerich WHERE app = 'trust' ORDER BY id;
  END;
