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
      -- Milliseconds and their fraction as one number of 48 + 12 bits: 15 hexadecimal digits. A double holds it.
      lpad(to_hex(floor(date_part('epoch', clock_timestamp()) * 4096000)::bigint), 15, '0')
      PLACING '7' FROM 13 FOR 0
    )
    -- The variant and the random bits are those of a version 4 UUID, from its fourth group on.
    || substr(gen_random_uuid()::text, 20)
  )::uuid;
-- Said outright: where functions come without rights for everybody, this one needs them.
GRANT EXECUTE ON FUNCTION trust.uuid_v7() TO PUBLIC;

-- from: functions/uuid_v7_of.sql
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

-- from: sequences/refused_other.sql
-- Purpose: counts the refusals that no counter of their own is for (trust.record_refusal), so that none goes uncounted.
CREATE SEQUENCE IF NOT EXISTS trust.refused_other;

-- from: functions/ensure_refusal_counters.sql
-- Purpose: makes the counters of what is refused on a table: one sequence per operation, since a sequence alone
-- keeps what it has counted when the refused statement is rolled back. Nobody is granted anything on them.
CREATE OR REPLACE FUNCTION trust.ensure_refusal_counters(table_name text, operations text[]) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  operation text;
  counter text;
BEGIN
  FOREACH operation IN ARRAY operations LOOP
    counter := pg_catalog.format('trust.%I', 'refused_' || table_name || '_' || operation);
    IF pg_catalog.to_regclass(counter) IS NULL THEN
      EXECUTE 'CREATE SEQUENCE ' || counter;
    END IF;
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION trust.ensure_refusal_counters(text, text[]) FROM PUBLIC;

-- from: functions/printable.sql
-- Purpose: makes an object fit for a line of a log: at most 20 fields, none of them null, and of each text at most
-- 255 characters, without what a reader may take for the end of a line (control characters, Unicode's line ends).
-- Raises on bytes that are no characters: the settings that a client sends as it connects are not checked for them.
CREATE OR REPLACE FUNCTION trust.printable(fields jsonb) RETURNS jsonb
  LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp SET standard_conforming_strings = on
AS $$
  SELECT coalesce(pg_catalog.jsonb_object_agg(key, CASE
    WHEN pg_catalog.jsonb_typeof(value) = 'number' THEN value
    ELSE pg_catalog.to_jsonb(pg_catalog.left(
      pg_catalog.regexp_replace(value #>> '{}', '[\u0001-\u001F\u007F-\u009F\u2028\u2029]', '?', 'g'), 255))
  END), '{}')
  FROM (SELECT * FROM pg_catalog.jsonb_each(fields) WHERE value <> 'null' LIMIT 20) AS kept
$$;
REVOKE ALL ON FUNCTION trust.printable(jsonb) FROM PUBLIC;

-- from: functions/log_refusal.sql
-- Purpose: writes one refusal to the server's log, where neither a rollback nor a handler that swallows the error
-- can take it back: a fixed marker and a JSON object, on one line. The text of the statement stays out: it may hold
-- secrets. What the server knows comes first; what the client claims can hide none of it.
CREATE OR REPLACE FUNCTION trust.log_refusal(
  number bigint, sqlstate text, table_name text, operation text, detail jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  known CONSTANT jsonb := trust.printable(pg_catalog.jsonb_build_object(
    'number', number,
    'sqlstate', sqlstate,
    'table', table_name,
    'operation', operation,
    'login', session_user,
    'role', pg_catalog.current_setting('role'),
    'client_address', pg_catalog.host(pg_catalog.inet_client_addr()),
    'pid', pg_catalog.pg_backend_pid(),
    'session_replication_role', pg_catalog.current_setting('session_replication_role'),
    'tx_id', pg_catalog.pg_current_xact_id_if_assigned(),
    'at', pg_catalog.to_char(
      pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')));
  claimed jsonb;
BEGIN
  BEGIN
    claimed := trust.printable(pg_catalog.jsonb_build_object(
      'application_name', nullif(pg_catalog.current_setting('application_name'), ''),
      'actor_type', nullif(pg_catalog.current_setting('trust.actor_type', true), ''),
      'actor_id', nullif(pg_catalog.current_setting('trust.actor_id', true), ''),
      'operation_id', nullif(pg_catalog.current_setting('trust.operation_id', true), '')
    ) || pg_catalog.jsonb_strip_nulls(detail));
  EXCEPTION WHEN OTHERS THEN
    claimed := pg_catalog.jsonb_build_object('incomplete', SQLSTATE);
  END;
  RAISE LOG USING
    ERRCODE = log_refusal.sqlstate,
    MESSAGE = 'trust_models.refusal ' || (claimed || known)::text;
END
$$;
REVOKE ALL ON FUNCTION trust.log_refusal(bigint, text, text, text, jsonb) FROM PUBLIC;

-- from: functions/record_refusal.sql
-- Purpose: counts and logs what the database refuses, so that it leaves a trace although it is rolled back.
-- The counter is a sequence, which no rollback takes back; from PostgreSQL 17 on it is on disk before the refusal
-- is answered. The line in the log bears its number. SECURITY DEFINER: those who are refused have no right to either.
-- Never raises: the caller's own error must come out whatever has become of the counters, also where the transaction
-- has turned read-only or somebody holds a lock on them.
CREATE OR REPLACE FUNCTION trust.record_refusal(
  sqlstate text, table_name text, operation text, detail jsonb DEFAULT '{}') RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s'
AS $$
DECLARE
  counted_as CONSTANT text := CASE
    WHEN table_name ~ '^audit_segment_[0-9]+$' THEN 'audit_logs'
    ELSE table_name
  END;
  action CONSTANT text := pg_catalog.lower(operation);
  counters CONSTANT text[] := ARRAY[
    pg_catalog.concat('refused_', counted_as, '_', action), pg_catalog.concat('refused_schema_', action), 'refused_other'];
  counter text;
  number bigint;
BEGIN
  FOREACH counter IN ARRAY counters LOOP
    BEGIN
      number := pg_catalog.nextval(pg_catalog.to_regclass(pg_catalog.format('trust.%I', counter)));
    EXCEPTION WHEN OTHERS THEN
      number := NULL;  -- a line without a number says that nothing counted it
    END;
    EXIT WHEN number IS NOT NULL;
  END LOOP;

  BEGIN
    IF pg_catalog.current_setting('server_version_num')::integer >= 170000 THEN
      -- What a transaction that is rolled back has written is flushed later; this flushes it now.
      PERFORM pg_catalog.pg_logical_emit_message(false, 'trust_models', '', true);
    END IF;
  EXCEPTION WHEN OTHERS THEN
    number := number;  -- counted, if not flushed
  END;

  PERFORM trust.log_refusal(
    number, record_refusal.sqlstate, counted_as, action,
    detail || pg_catalog.jsonb_build_object('counter', counter, 'seen_by', 'database'));
EXCEPTION WHEN OTHERS THEN
  RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
END
$$;
REVOKE ALL ON FUNCTION trust.record_refusal(text, text, text, jsonb) FROM PUBLIC;

-- from: functions/refuse_mutation.sql
-- Purpose: the one guard of every append-only table: it refuses, without a branch, a setting or a test of
-- the role that could be used to switch it off. It raises and never returns NULL, which would drop the
-- change without a word and let a cascade leave orphans behind.
-- It leaves a trace first (trust.record_refusal). Whatever becomes of that, the refusal is the same: hence the block.
-- SECURITY DEFINER for the trace alone.
CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  BEGIN
    PERFORM trust.record_refusal('23T01', TG_TABLE_NAME, TG_OP, pg_catalog.jsonb_build_object(
      'rule', TG_TABLE_NAME || '_immutable', 'id', pg_catalog.to_jsonb(OLD) -> 'id'));
  EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
  END;
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
-- What is refused is counted per table and operation; a segment, which lies in `trust`, counts for the table.
CREATE OR REPLACE FUNCTION trust.guard_table(target regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  guarded pg_catalog.pg_class;
  row_trigger text;
BEGIN
  SELECT * INTO STRICT guarded FROM pg_catalog.pg_class WHERE oid = target;
  row_trigger := CASE guarded.relkind WHEN 'p' THEN 't10_immutable_inherited' ELSE 't10_immutable' END;
  IF guarded.relnamespace = 'public'::regnamespace THEN
    PERFORM trust.ensure_refusal_counters(guarded.relname, ARRAY['update', 'delete', 'truncate', 'ddl']);
  END IF;
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

-- from: tables/environment.sql
-- Purpose: which environment this database belongs to; the newest row says it. It stands in the database and
-- not beside it, so that a restored copy and a renamed database still say what they are. It is no secret:
-- everybody may read it, and only the owner may write it.
-- IF NOT EXISTS, because whoever provisions marks a database before its first migration.
CREATE TABLE IF NOT EXISTS trust.environment (
  id uuid NOT NULL DEFAULT trust.uuid_v7(),
  name varchar(16) NOT NULL,
  marked_by varchar(63) NOT NULL DEFAULT session_user,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT environment_pkey PRIMARY KEY (id),
  CONSTRAINT environment_name_ck CHECK (name IN ('development', 'test', 'production'))
);
REVOKE ALL ON TABLE trust.environment FROM PUBLIC;
GRANT SELECT ON TABLE trust.environment TO PUBLIC;

-- from: functions/assign_environment.sql
-- Purpose: the database alone says who marked it and when.
CREATE OR REPLACE FUNCTION trust.assign_environment() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.id := trust.uuid_v7();
  NEW.marked_by := session_user;
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_environment() FROM PUBLIC;

-- from: triggers/environment.sql
SELECT trust.guard_table('trust.environment');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON trust.environment
  FOR EACH ROW EXECUTE FUNCTION trust.assign_environment();
ALTER TABLE trust.environment ENABLE ALWAYS TRIGGER t20_assign;

-- from: functions/environment.sql
-- Purpose: tells any role which environment this database belongs to, so that a process set to another one can
-- refuse it; NULL when nobody marked it.
CREATE OR REPLACE FUNCTION trust.environment() RETURNS text
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
  BEGIN ATOMIC
    SELECT name::text FROM trust.environment ORDER BY created_at DESC, id DESC LIMIT 1;
  END;
GRANT EXECUTE ON FUNCTION trust.environment() TO PUBLIC;

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
-- Said outright: where functions come without rights for everybody, this one needs them.
GRANT EXECUTE ON FUNCTION trust.applied_migrations() TO PUBLIC;
