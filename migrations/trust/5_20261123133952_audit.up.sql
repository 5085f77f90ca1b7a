-- from: functions/assign_audit_log.sql
-- Purpose: the database alone says which event this is, in which transaction, when, and under which role; and what an
-- event must say. The id is the partition key, which a BEFORE trigger cannot change, so one that does not come from the
-- sequence is refused. The time is the clock's: a transaction held open cannot backdate its events.
-- The rules about the form of an event stand here and not in CHECKs of the table: PostgreSQL reads the text of every
-- CHECK anew with each statement, which took longer than writing the row. One expression decides; it is planned once.
CREATE OR REPLACE FUNCTION trust.assign_audit_log() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  broken CONSTANT text := CASE
    WHEN NEW.id IS DISTINCT FROM pg_catalog.currval('trust.audit_logs_id_seq') THEN 'audit_logs_id_order'
    WHEN NEW.actor_type IS NULL
      OR (NEW.actor_type IN ('USER', 'SERVICE') AND coalesce(NEW.actor_id, '') !~ '[^[:space:]]')
      THEN 'audit_logs_actor_required'
    WHEN NEW.schema_version <= 0 THEN 'audit_logs_schema_version_ck'
    WHEN NEW.action !~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*)+$' THEN 'audit_logs_action_ck'
    WHEN NEW.outcome <> 'SUCCESS' AND coalesce(NEW.reason_code, '') !~ '[^[:space:]]' THEN 'audit_logs_reason_code_ck'
    WHEN NEW.entity_type !~ '^[a-z][a-z0-9_]*$' THEN 'audit_logs_entity_type_ck'
    WHEN pg_catalog.jsonb_typeof(NEW.metadata) <> 'object' THEN 'audit_logs_metadata_ck'
    WHEN pg_catalog.jsonb_typeof(NEW.context) <> 'object' THEN 'audit_logs_context_ck'
    WHEN NEW.context ? 'captured' THEN
      -- Only a trigger of the log's own owner writes what it saw changing: capture, which no service can call.
      CASE WHEN pg_catalog.pg_trigger_depth() < 2 OR NOT pg_catalog.has_table_privilege(TG_RELID, 'TRIGGER')
        THEN 'audit_logs_captured_origin' END
    -- What is captured is as long as the rows are.
    WHEN pg_catalog.pg_column_size(NEW.metadata) > 1048576 THEN 'audit_logs_metadata_size_ck'
    WHEN pg_catalog.pg_column_size(NEW.context) > 1048576 THEN 'audit_logs_context_size_ck'
  END;
BEGIN
  IF broken = 'audit_logs_id_order' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T02',
      MESSAGE = 'audit_logs.id is assigned by the database.',
      HINT = 'Leave id out.',
      SCHEMA = 'public', TABLE = 'audit_logs', COLUMN = 'id', CONSTRAINT = 'audit_logs_id_order';
  ELSIF broken = 'audit_logs_actor_required' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T05',
      MESSAGE = 'An audit event says who acts, and this one does not.',
      HINT = 'Give actor_type, and actor_id for a USER or a SERVICE.',
      SCHEMA = 'public', TABLE = 'audit_logs', CONSTRAINT = 'audit_logs_actor_required';
  ELSIF broken = 'audit_logs_captured_origin' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T04',
      MESSAGE = 'Only the trigger of a table records a captured change, and no such change was made.',
      HINT = 'Leave "captured" out of the context.',
      SCHEMA = 'public', TABLE = 'audit_logs', COLUMN = 'context', CONSTRAINT = 'audit_logs_captured_origin';
  ELSIF broken IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = '23514',
      MESSAGE = pg_catalog.format('new row for relation "audit_logs" violates check constraint "%s"', broken),
      SCHEMA = 'public', TABLE = 'audit_logs', CONSTRAINT = broken;
  END IF;

  NEW.tx_id := pg_catalog.pg_current_xact_id();
  NEW.created_at := pg_catalog.clock_timestamp();
  NEW.context := NEW.context || pg_catalog.jsonb_object(ARRAY[
    'database_role', coalesce(nullif(pg_catalog.current_setting('role'), 'none'), session_user::text),
    'database_login', session_user::text]);
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_audit_log() FROM PUBLIC;

-- from: tables/audit_logs.sql
-- Purpose: who did what, on what, when and how it ended; append-only, in segments of one million ids.
-- tx_id stands before id: a row gets its transaction id before its number, so that whoever seals events in
-- the order (tx_id, id) can tell from a snapshot which transactions may still write. There is no updated_at:
-- an event happens once.
CREATE SEQUENCE trust.audit_logs_id_seq AS bigint;

CREATE TABLE public.audit_logs (
  tx_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id bigint NOT NULL DEFAULT nextval('trust.audit_logs_id_seq'),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  schema_version smallint NOT NULL DEFAULT 1,
  actor_type varchar(16) NOT NULL,
  actor_id varchar(255),
  on_behalf_of varchar(255),
  action varchar(100) NOT NULL,
  outcome varchar(16) NOT NULL,
  reason_code varchar(100),
  entity_type varchar(100) NOT NULL,
  entity_id varchar(255),
  metadata jsonb NOT NULL DEFAULT '{}',
  context jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT audit_logs_pkey PRIMARY KEY (id),
  -- Written as arrays: PostgreSQL reads the text of a CHECK anew with each statement, and that of IN is far longer.
  CONSTRAINT audit_logs_actor_type_ck CHECK (actor_type = ANY ('{USER,SERVICE,SYSTEM,ANONYMOUS}')),
  CONSTRAINT audit_logs_outcome_ck CHECK (outcome = ANY ('{SUCCESS,FAILURE,DENIED}')),
  -- With what t20_assign adds: no event is stored where that trigger, which holds the other rules, is missing or off.
  CONSTRAINT audit_logs_context_ck CHECK (context ?& '{database_role,database_login}')
) PARTITION BY RANGE (id);
CREATE INDEX audit_logs_tx_id_id_idx ON public.audit_logs (tx_id, id);
CREATE INDEX audit_logs_actor_id_id_idx ON public.audit_logs (actor_id, id);
CREATE INDEX audit_logs_entity_type_entity_id_id_idx ON public.audit_logs (entity_type, entity_id, id);
CREATE INDEX audit_logs_action_id_idx ON public.audit_logs (action, id);
CREATE INDEX audit_logs_unsuccessful_id_idx ON public.audit_logs (id) WHERE outcome <> 'SUCCESS';
CREATE INDEX audit_logs_request_id_id_idx ON public.audit_logs ((context ->> 'request_id'), id)
  WHERE (context ->> 'request_id') IS NOT NULL;

-- from: functions/create_audit_segment.sql
-- Purpose: adds the next segment to audit_logs: a partition of one million ids, complete with its guard.
-- It is made beside the table and attached, because ATTACH lets writers go on while CREATE ... PARTITION OF
-- would wait for all of them; the CHECK spares the scan, and stays as the segment's label after a DETACH.
-- It is the routine form of an override: the lock lets it through, and only for a new segment. SECURITY DEFINER: then
-- the table belongs to the guard. Where the tables of the lock do not exist yet, there is none.
CREATE OR REPLACE FUNCTION trust.create_audit_segment() RETURNS regclass
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size CONSTANT bigint := 1000000;
  number bigint;
  name text;
  before jsonb;
BEGIN
  IF pg_catalog.to_regclass('trust.schema_lock') IS NOT NULL THEN
    before := trust.open_lock_pass();
  END IF;
  LOCK TABLE public.audit_logs IN SHARE UPDATE EXCLUSIVE MODE;  -- one at a time; writers go on
  SELECT coalesce(pg_catalog.max(substring(segments.relname FROM '[0-9]+$')::bigint) + 1, 0) INTO number
  FROM pg_catalog.pg_class AS segments
  WHERE segments.relnamespace = 'trust'::regnamespace
    AND segments.relkind = 'r' AND segments.relname ~ '^audit_segment_[0-9]+$';
  name := 'audit_segment_' || pg_catalog.lpad(number::text, 6, '0');

  EXECUTE pg_catalog.format(
    'CREATE TABLE trust.%I (LIKE public.audit_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE,'
    ' CONSTRAINT %I CHECK (id >= %s AND id < %s))',
    name, name || '_id_ck', number * size, (number + 1) * size);
  EXECUTE pg_catalog.format('REVOKE ALL ON TABLE trust.%I FROM PUBLIC', name);
  PERFORM trust.guard_table(pg_catalog.format('trust.%I', name)::regclass);
  EXECUTE pg_catalog.format(
    'CREATE TRIGGER t20_assign BEFORE INSERT ON trust.%I'
    ' FOR EACH ROW EXECUTE FUNCTION trust.assign_audit_log()', name);
  EXECUTE pg_catalog.format('ALTER TABLE trust.%I ENABLE ALWAYS TRIGGER t20_assign', name);
  EXECUTE pg_catalog.format(
    'ALTER TABLE public.audit_logs ATTACH PARTITION trust.%I FOR VALUES FROM (%s) TO (%s)',
    name, number * size, (number + 1) * size);
  IF before IS NOT NULL THEN
    PERFORM trust.close_lock_pass(before, '^(table )?trust[.]audit_segment_[0-9]+([.]| to |$)');
  END IF;
  RETURN pg_catalog.format('trust.%I', name)::regclass;
END
$$;
REVOKE ALL ON FUNCTION trust.create_audit_segment() FROM PUBLIC;

-- from: functions/audit_segments_ahead.sql
-- Purpose: how many attached segments lie wholly ahead of the last id that was given out.
CREATE OR REPLACE FUNCTION trust.audit_segments_ahead() RETURNS integer
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT pg_catalog.count(*)::integer
  FROM pg_catalog.pg_inherits AS links
  JOIN pg_catalog.pg_class AS segments ON segments.oid = links.inhrelid
  WHERE links.inhparent = 'public.audit_logs'::regclass
    -- FOR VALUES FROM ('1000000') TO ('2000000')
    AND substring(pg_catalog.pg_get_expr(segments.relpartbound, segments.oid) FROM '[0-9]+')::bigint
      > coalesce(pg_catalog.pg_sequence_last_value('trust.audit_logs_id_seq'), 0)
$$;
REVOKE ALL ON FUNCTION trust.audit_segments_ahead() FROM PUBLIC;

-- from: functions/ensure_audit_segments.sql
-- Purpose: keeps a number of empty segments ready ahead of the one that is being written, and returns how
-- many had to be made. SECURITY DEFINER, so that the role that maintains needs no right on the table.
-- The pass through the lock comes before the table: a migration takes the two in this order.
CREATE OR REPLACE FUNCTION trust.ensure_audit_segments(ahead integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  made integer := 0;
  before jsonb;
BEGIN
  IF ahead IS NULL OR ahead NOT BETWEEN 1 AND 100 THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'ahead must be from 1 to 100.';
  END IF;
  IF pg_catalog.to_regclass('trust.schema_lock') IS NOT NULL THEN
    before := trust.open_lock_pass();
  END IF;
  LOCK TABLE public.audit_logs IN SHARE UPDATE EXCLUSIVE MODE;  -- whoever comes second counts what the first made
  WHILE trust.audit_segments_ahead() < ahead LOOP
    PERFORM trust.create_audit_segment();
    made := made + 1;
  END LOOP;
  IF before IS NOT NULL THEN
    PERFORM trust.close_lock_pass(before, '^(table )?trust[.]audit_segment_[0-9]+([.]| to |$)');
  END IF;
  RETURN made;
END
$$;
REVOKE ALL ON FUNCTION trust.ensure_audit_segments(integer) FROM PUBLIC;

-- from: triggers/audit_logs.sql
-- The segments carry guards of their own, made with them (trust.create_audit_segment), and number by themselves.
-- The table has no t20_assign: it would be cloned onto every segment and run beside the segment's own. What is written
-- to a partition that was attached by hand, and has none, is refused by audit_logs_context_ck.
SELECT trust.guard_table('public.audit_logs');
SELECT trust.ensure_audit_segments(4);

-- from: tables/denials.sql
-- Purpose: how often clients reported that the database refused them something which it does not count by itself:
-- a missing right above all. A row per table, operation and SQLSTATE; only trust.count_denial writes it.
-- The rows are updated again and again, so their pages have room for that.
CREATE TABLE trust.denials (
  table_name text NOT NULL,
  operation text NOT NULL,
  sqlstate text NOT NULL,
  refused bigint NOT NULL DEFAULT 1,
  last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT denials_pkey PRIMARY KEY (table_name, operation, sqlstate)
) WITH (fillfactor = 50);
REVOKE ALL ON TABLE trust.denials FROM PUBLIC;

-- from: functions/count_denial.sql
-- Purpose: counts and logs what the database refused where nothing of it could see that: a missing right, of which
-- only the client learns. What a guard refused is left alone, since it was counted and logged then and there.
-- SECURITY DEFINER: a service can add one to a count, and do nothing else with it. It can report a denial that never
-- was; it can be denied for real whenever it likes. Names are checked, so that the rows are few for ever.
-- Returns the name of the table for which it was counted.
CREATE OR REPLACE FUNCTION trust.count_denial(
  sqlstate text, table_name text, operation text, rule text, actor_type text, actor_id text, operation_id text)
  RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '100ms'
AS $$
DECLARE
  counted_as text := CASE WHEN table_name ~ '^audit_segment_[0-9]+$' THEN 'audit_logs' ELSE table_name END;
  action text := CASE
    WHEN operation IN ('select', 'insert', 'update', 'delete', 'merge', 'truncate', 'ddl') THEN operation
    ELSE 'other'
  END;
  number bigint;
BEGIN
  IF sqlstate IS NULL OR sqlstate NOT IN ('23T01', '23T02', '23T03', '23T04', '23T05', '42T01', '42501') THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'sqlstate is not that of a rule or of a missing right.';
  END IF;
  IF NOT EXISTS (
      SELECT FROM pg_catalog.pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname = counted_as) THEN
    counted_as := 'other';
  END IF;

  IF sqlstate NOT IN ('23T01', '42T01') THEN
    BEGIN
      INSERT INTO trust.denials AS counted (table_name, operation, sqlstate)
      VALUES (counted_as, action, sqlstate)
      ON CONFLICT ON CONSTRAINT denials_pkey
      DO UPDATE SET refused = counted.refused + 1, last_at = pg_catalog.clock_timestamp()
      RETURNING counted.refused INTO number;
    EXCEPTION WHEN lock_not_available THEN
      number := NULL;  -- somebody holds the count: the line without a number and the event say it
    END;
    PERFORM trust.log_refusal(number, sqlstate, counted_as, action, pg_catalog.jsonb_build_object(
      'rule', rule, 'actor_type', actor_type, 'actor_id', actor_id, 'operation_id', operation_id,
      'counter', 'denials', 'seen_by', 'package'));
  END IF;
  RETURN counted_as;
END
$$;
REVOKE ALL ON FUNCTION trust.count_denial(text, text, text, text, text, text, text) FROM PUBLIC;

-- from: functions/refuse_captured_claim.sql
-- Purpose: refuses a context that says its event was captured, on the ways by which a service has an event written with
-- the rights of the log's owner. The log itself trusts that owner's triggers, and a service that may make a trigger
-- could call such a way from there.
CREATE OR REPLACE FUNCTION trust.refuse_captured_claim(context jsonb) RETURNS void
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF context ? 'captured' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T04',
      MESSAGE = 'Only the trigger of a table records a captured change, and no such change was made.',
      HINT = 'Leave "captured" out of the context.',
      SCHEMA = 'public', TABLE = 'audit_logs', COLUMN = 'context', CONSTRAINT = 'audit_logs_captured_origin';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION trust.refuse_captured_claim(jsonb) FROM PUBLIC;

-- from: functions/record_denial.sql
-- Purpose: records a refusal that came through the package and failed no audited operation: counts it and writes its
-- event, in one round trip. Nothing but such an event can be written with it: DENIED, database.refuse, on a table.
-- SECURITY DEFINER, so that the event does not depend on what a role may write to the log otherwise.
CREATE OR REPLACE FUNCTION trust.record_denial(
  sqlstate text, table_name text, operation text, rule text,
  actor_type text, actor_id text, on_behalf_of text, operation_id text, request jsonb) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  reason CONSTANT text := CASE sqlstate
    WHEN '23T01' THEN 'immutable_record'
    WHEN '23T02' THEN 'version_out_of_order'
    WHEN '23T03' THEN 'state_not_allowed'
    WHEN '23T04' THEN 'evidence_missing'
    WHEN '23T05' THEN 'actor_required'
    WHEN '42T01' THEN 'schema_locked'
    WHEN '42501' THEN 'permission_denied'
  END;
  counted_as text;
  event_id bigint;
BEGIN
  IF pg_catalog.octet_length(request::text) > 32768 OR pg_catalog.length(rule) > 63
      OR pg_catalog.length(operation_id) > 255 THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'request, rule or operation_id is too long.';
  END IF;
  PERFORM trust.refuse_captured_claim(request);
  counted_as := trust.count_denial(sqlstate, table_name, operation, rule, actor_type, actor_id, operation_id);

  INSERT INTO public.audit_logs (
    actor_type, actor_id, on_behalf_of, action, outcome, reason_code, entity_type, entity_id, metadata, context)
  VALUES (
    coalesce(actor_type, 'ANONYMOUS'), actor_id, on_behalf_of,
    'database.refuse', 'DENIED', reason, 'table', counted_as,
    pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
      'sqlstate', sqlstate, 'constraint', rule, 'operation', operation)),
    coalesce(request, '{}') || pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
      'operation_id', operation_id, 'unattributed', CASE WHEN actor_type IS NULL THEN true END)))
  RETURNING id INTO event_id;
  RETURN event_id;
END
$$;
REVOKE ALL ON FUNCTION trust.record_denial(text, text, text, text, text, text, text, text, jsonb) FROM PUBLIC;

-- from: functions/refusals.sql
-- Purpose: how much was refused, per table and operation: what the guards counted, and what clients reported.
-- SECURITY DEFINER, so that a role that watches needs no right on the counters themselves.
CREATE OR REPLACE FUNCTION trust.refusals() RETURNS TABLE (table_name text, operation text, refused bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  SELECT counts.table_name, counts.operation, pg_catalog.sum(counts.refused)::bigint
  FROM (
    SELECT coalesce(parts[1], 'other'), coalesce(parts[2], 'other'),
      coalesce(pg_catalog.pg_sequence_last_value(counters.oid), 0)
    FROM pg_catalog.pg_class AS counters
    LEFT JOIN pg_catalog.regexp_match(counters.relname, '^refused_(.+)_(update|delete|truncate|ddl)$') AS parts ON true
    WHERE counters.relnamespace = 'trust'::regnamespace AND counters.relkind = 'S'
      AND counters.relname ~ '^refused_'
    UNION ALL
    SELECT denials.table_name, denials.operation, denials.refused FROM trust.denials
  ) AS counts (table_name, operation, refused)
  GROUP BY counts.table_name, counts.operation
  ORDER BY counts.table_name, counts.operation
$$;
REVOKE ALL ON FUNCTION trust.refusals() FROM PUBLIC;

-- from: functions/server_identity.sql
-- Purpose: tells one server from another that has a database of the same name: the number that initdb gave it, which
-- its replicas share. NULL where the server keeps that to itself, as a managed one may.
-- SECURITY DEFINER, so that everybody gets the same answer.
CREATE OR REPLACE FUNCTION trust.server_identity() RETURNS text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT system_identifier::text FROM pg_catalog.pg_control_system());
EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION trust.server_identity() FROM PUBLIC;

-- from: tables/audit_spools.sql
-- Purpose: how far each spool of a service has been written to the audit log: the last line of it that is done, and the
-- login that writes it. Moved on in the transaction that writes the events, so that a line is written once, whoever is
-- killed. One row for each process that has ever spooled; only trust.replay_audit_events writes it.
CREATE TABLE trust.audit_spools (
  id uuid NOT NULL,
  login name NOT NULL,
  replayed bigint NOT NULL DEFAULT 0,
  last_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_spools_pkey PRIMARY KEY (id),
  CONSTRAINT audit_spools_replayed_ck CHECK (replayed >= 0)
);
REVOKE ALL ON TABLE trust.audit_spools FROM PUBLIC;

-- from: functions/replay_audit_events.sql
-- Purpose: writes events that a service kept in its spool while the audit log did not take them, each once. `entries`
-- are lines of the spool in their order, each with its number and that of the line it follows, since damaged ones are
-- left out; those that are done already are passed over, and the last one that is done is returned. The row of the
-- spool is locked meanwhile: two at once take turns. It belongs to the login that replayed it first.
-- `server` is the one that the spool is of, as far as that is known: another one knows nothing of its transactions.
-- The event of a success is true only if its transaction was committed: one that was aborted is dropped, and one that is
-- under way waits, with all that follow. Where the database no longer knows, or has never known, the event says so.
-- SECURITY DEFINER for the positions alone: what it writes, a service may write itself.
CREATE OR REPLACE FUNCTION trust.replay_audit_events(spool uuid, server text, entries jsonb) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  last bigint;
  replayed_by name;
  entry jsonb;
  event jsonb;
  state text;
BEGIN
  IF server <> trust.server_identity() THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T04',
      MESSAGE = 'These events are of a database of this name on another server.',
      HINT = 'Replay them there, or move their file out of the folder.',
      SCHEMA = 'trust', TABLE = 'audit_spools', CONSTRAINT = 'audit_spools_server';
  END IF;
  INSERT INTO trust.audit_spools (id, login) VALUES (spool, session_user)
  ON CONFLICT ON CONSTRAINT audit_spools_pkey DO NOTHING;
  SELECT replayed, login INTO STRICT last, replayed_by FROM trust.audit_spools WHERE id = spool FOR UPDATE;
  IF replayed_by <> session_user THEN
    RAISE EXCEPTION USING
      ERRCODE = '42501',
      MESSAGE = pg_catalog.format('The login %s has begun to replay these events, and no other may go on.', replayed_by),
      HINT = 'Replay them with that login.',
      SCHEMA = 'trust', TABLE = 'audit_spools', CONSTRAINT = 'audit_spools_login';
  END IF;
  IF pg_catalog.current_setting('synchronous_commit') IN ('off', 'local') THEN
    PERFORM pg_catalog.set_config('synchronous_commit', 'on', true);  -- the file is removed next
  END IF;

  FOR entry IN SELECT value FROM pg_catalog.jsonb_array_elements(entries) ORDER BY (value ->> 'number')::bigint LOOP
    CONTINUE WHEN (entry ->> 'number')::bigint <= last;
    IF coalesce((entry ->> 'follows')::bigint > last, true) THEN
      RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'A line of the spool is missing.';
    END IF;
    state := 'committed';
    IF entry ->> 'tx_id' IS NOT NULL THEN
      BEGIN
        state := coalesce(pg_catalog.pg_xact_status((entry ->> 'tx_id')::xid8), 'unknown');
      EXCEPTION WHEN invalid_parameter_value THEN
        state := 'unknown';  -- of the future: this database is a copy from before
      END;
    END IF;
    EXIT WHEN state = 'in progress';

    last := (entry ->> 'number')::bigint;
    CONTINUE WHEN state = 'aborted';
    event := entry -> 'event';
    PERFORM trust.refuse_captured_claim((event ->> 'context')::jsonb);
    INSERT INTO public.audit_logs (
      schema_version, actor_type, actor_id, on_behalf_of, action, outcome, reason_code,
      entity_type, entity_id, metadata, context)
    VALUES (
      (event ->> 'schema_version')::smallint, event ->> 'actor_type', event ->> 'actor_id', event ->> 'on_behalf_of',
      event ->> 'action', event ->> 'outcome', event ->> 'reason_code', event ->> 'entity_type', event ->> 'entity_id',
      (event ->> 'metadata')::jsonb,
      (event ->> 'context')::jsonb || pg_catalog.jsonb_strip_nulls(pg_catalog.jsonb_build_object(
        'spooled', true, 'occurred_at', entry ->> 'occurred_at',
        'transaction', CASE state WHEN 'unknown' THEN state ELSE entry ->> 'tx_id' END)));
  END LOOP;

  UPDATE trust.audit_spools SET replayed = last, last_at = pg_catalog.clock_timestamp()
  WHERE id = spool AND replayed < last;
  RETURN last;
END
$$;
REVOKE ALL ON FUNCTION trust.replay_audit_events(uuid, text, jsonb) FROM PUBLIC;
