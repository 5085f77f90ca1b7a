-- from: functions/merkle_root.sql
-- Purpose: the root of the Merkle tree over some hashes of 32 bytes, one behind the other (RFC 6962, section 2.1): two
-- neighbours become one node, and a last one without a neighbour rises as it is. Of no hashes there is none.
CREATE OR REPLACE FUNCTION trust.merkle_root(hashes bytea) RETURNS bytea
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  mark CONSTANT bytea := pg_catalog.decode('01', 'hex');
BEGIN
  WHILE pg_catalog.octet_length(hashes) > 32 LOOP
    hashes := (
      SELECT pg_catalog.string_agg(
        CASE WHEN at + 32 < pg_catalog.octet_length(hashes)
          THEN pg_catalog.sha256(mark || pg_catalog.substr(hashes, at + 1, 64))
          ELSE pg_catalog.substr(hashes, at + 1)
        END, '' ORDER BY at)
      FROM pg_catalog.generate_series(0, pg_catalog.octet_length(hashes) - 1, 64) AS at);
  END LOOP;
  RETURN hashes;
END
$$;
REVOKE ALL ON FUNCTION trust.merkle_root(bytea) FROM PUBLIC;

-- from: functions/ledger_root.sql
-- Purpose: the root of the whole ledger. The right edge of each level has on its right what is left of the level below.
CREATE OR REPLACE FUNCTION trust.ledger_root(edge bytea[]) RETURNS bytea
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  root bytea := '';
  hashes bytea;
BEGIN
  FOREACH hashes IN ARRAY edge LOOP
    root := trust.merkle_root(hashes || root);
  END LOOP;
  RETURN CASE root WHEN '' THEN pg_catalog.sha256('') ELSE root END;
END
$$;
REVOKE ALL ON FUNCTION trust.ledger_root(bytea[]) FROM PUBLIC;

-- from: functions/audit_log_bytes.sql
-- Purpose: the canonical bytes of an event, from which its leaf of the ledger is made: the tuple that COPY writes in BINARY
-- (the number of columns; of each its length, -1 for NULL, and its value), all columns in their order, text in UTF-8
-- whatever the client speaks. Who reads the log by COPY has these bytes without asking for them.
-- Bound to its names when it is made, and without settings of its own: so it is inlined.
CREATE OR REPLACE FUNCTION trust.audit_log_bytes(event public.audit_logs) RETURNS bytea
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN int2send(14::smallint)
    || int4send(8) || xid8send((event).tx_id)
    || int4send(8) || int8send((event).id)
    || int4send(8) || timestamptz_send((event).created_at)
    || int4send(2) || int2send((event).schema_version)
    || coalesce(int4send(octet_length((event).actor_type)) || convert_to((event).actor_type, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).actor_id)) || convert_to((event).actor_id, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).on_behalf_of)) || convert_to((event).on_behalf_of, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).action)) || convert_to((event).action, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).outcome)) || convert_to((event).outcome, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).reason_code)) || convert_to((event).reason_code, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).entity_type)) || convert_to((event).entity_type, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).entity_id)) || convert_to((event).entity_id, 'UTF8'), int4send(-1))
    || int4send(octet_length((event).metadata::text) + 1) || decode('01', 'hex') || convert_to((event).metadata::text, 'UTF8')
    || int4send(octet_length((event).context::text) + 1) || decode('01', 'hex') || convert_to((event).context::text, 'UTF8');
REVOKE ALL ON FUNCTION trust.audit_log_bytes(public.audit_logs) FROM PUBLIC;

-- from: tables/audit_tiles.sql
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

-- from: tables/audit_epochs.sql
-- Purpose: the clusters in which the ledger has grown. Transaction ids, by which events are put in order, mean nothing in
-- another cluster: a database that is restored elsewhere from a dump begins a new epoch. Of the events up to `above_id`,
-- those that had no leaf yet come first, in the order of their ids; then those above it, by (tx_id, id).
CREATE TABLE trust.audit_epochs (
  number integer NOT NULL,
  first_leaf bigint NOT NULL,
  above_id bigint NOT NULL,
  server_identity text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_epochs_pkey PRIMARY KEY (number),
  CONSTRAINT audit_epochs_first_leaf_ck CHECK (first_leaf >= 0),
  CONSTRAINT audit_epochs_above_id_ck CHECK (above_id >= 0)
);
REVOKE ALL ON TABLE trust.audit_epochs FROM PUBLIC;

-- from: tables/audit_ledger.sql
-- Purpose: the state of the ledger, one row: how many leaves it has, what its tiles of the right edge hold so far, and up
-- to which event everything has its leaf. The row's lock lets one sealer work at a time; writers of events never
-- touch it.
CREATE TABLE trust.audit_ledger (
  singleton boolean NOT NULL DEFAULT true,
  size bigint NOT NULL DEFAULT 0,
  edge bytea[] NOT NULL DEFAULT ARRAY[''::bytea],  -- by level, each fewer than 256 hashes
  edge_ids bigint[] NOT NULL DEFAULT '{}',  -- the events of the tile at level 0
  sealed_tx xid8 NOT NULL DEFAULT '0',
  sealed_id bigint NOT NULL DEFAULT 0,
  -- Of an epoch's backlog, in the order of ids: the last event that has its leaf. NULL once all have one.
  backlog_id bigint,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT audit_ledger_pkey PRIMARY KEY (singleton),
  CONSTRAINT audit_ledger_singleton_ck CHECK (singleton),
  CONSTRAINT audit_ledger_edge_ck CHECK (octet_length(edge[1]) = 32 * (size % 256) AND cardinality(edge_ids) = size % 256)
);
ALTER TABLE trust.audit_ledger ALTER COLUMN edge SET STORAGE EXTERNAL;
REVOKE ALL ON TABLE trust.audit_ledger FROM PUBLIC;
INSERT INTO trust.audit_ledger DEFAULT VALUES;

-- from: tables/audit_checkpoints.sql
-- Purpose: what the ledger was at a moment, signed: a checkpoint (https://c2sp.org/tlog-checkpoint) with its number, and up
-- to which event it reaches; append-only. One is also written when nothing has happened, so that silence can be proven.
CREATE TABLE public.audit_checkpoints (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT audit_checkpoints_pkey PRIMARY KEY,
  number bigint NOT NULL,
  tree_size bigint NOT NULL,
  root_hash bytea NOT NULL,
  note text NOT NULL,
  sealed_tx xid8 NOT NULL,
  sealed_id bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
  CONSTRAINT audit_checkpoints_number_key UNIQUE (number),
  CONSTRAINT audit_checkpoints_number_ck CHECK (number > 0),
  CONSTRAINT audit_checkpoints_tree_size_ck CHECK (tree_size >= 0),
  CONSTRAINT audit_checkpoints_root_hash_ck CHECK (octet_length(root_hash) = 32),
  CONSTRAINT audit_checkpoints_note_ck CHECK (octet_length(note) <= 65536)
);

-- from: functions/assign_audit_tile.sql
-- Purpose: tiles come one after the other, each once, and where the events of one are to be looked for.
CREATE OR REPLACE FUNCTION trust.assign_audit_tile() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  next CONSTANT bigint := (SELECT coalesce(pg_catalog.max(number), -1) + 1 FROM trust.audit_tiles WHERE level = NEW.level);
BEGIN
  IF NEW.number IS DISTINCT FROM next THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T02',
      MESSAGE = pg_catalog.format('The next tile of level %s is number %s.', NEW.level, next),
      HINT = 'Leave it to `trust-models audit seal`.',
      SCHEMA = 'trust', TABLE = 'audit_tiles', COLUMN = 'number', CONSTRAINT = 'audit_tiles_number_order';
  END IF;
  NEW.id_range := (
    SELECT pg_catalog.int8range(pg_catalog.min(id), pg_catalog.max(id), '[]') FROM pg_catalog.unnest(NEW.ids) AS id
    HAVING pg_catalog.count(id) > 0);
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_audit_tile() FROM PUBLIC;

-- from: functions/assign_audit_epoch.sql
-- Purpose: epochs come one after the other; each says where and when it began.
CREATE OR REPLACE FUNCTION trust.assign_audit_epoch() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.number := (SELECT coalesce(pg_catalog.max(number) + 1, 0) FROM trust.audit_epochs);
  NEW.first_leaf := (SELECT size FROM trust.audit_ledger);
  NEW.server_identity := trust.server_identity();
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_audit_epoch() FROM PUBLIC;

-- from: functions/check_audit_ledger.sql
-- Purpose: the ledger only ever grows. What is refused leaves its trace first, like with the guard of the evidence.
-- SECURITY DEFINER for the trace alone.
CREATE OR REPLACE FUNCTION trust.check_audit_ledger() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.size >= OLD.size THEN
    RETURN NEW;
  END IF;
  BEGIN
    PERFORM trust.record_refusal('23T01', 'audit_ledger', TG_OP,
      pg_catalog.jsonb_build_object('rule', 'audit_ledger_grows'));
  EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
  END;
  RAISE EXCEPTION USING
    ERRCODE = '23T01',
    MESSAGE = pg_catalog.format('%s is refused: the audit ledger only grows.', TG_OP),
    HINT = 'Leave it to `trust-models audit seal`.',
    SCHEMA = 'trust', TABLE = 'audit_ledger', CONSTRAINT = 'audit_ledger_grows';
END
$$;
REVOKE ALL ON FUNCTION trust.check_audit_ledger() FROM PUBLIC;

-- from: functions/assign_audit_checkpoint.sql
-- Purpose: the database alone numbers and dates a checkpoint, and takes none that speaks of another tree than the ledger's.
-- Whether its signature is right is seen by who has the public key. The ledger's row keeps a sealer out meanwhile.
-- SECURITY DEFINER: who writes a checkpoint needs no right to the ledger.
CREATE OR REPLACE FUNCTION trust.assign_audit_checkpoint() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  ledger trust.audit_ledger;
  lines CONSTANT text[] := pg_catalog.string_to_array(NEW.note, pg_catalog.chr(10));
BEGIN
  SELECT * INTO STRICT ledger FROM trust.audit_ledger FOR UPDATE;
  NEW.id := trust.uuid_v7();
  NEW.number := (SELECT coalesce(pg_catalog.max(number), 0) + 1 FROM public.audit_checkpoints);
  NEW.tree_size := ledger.size;
  NEW.root_hash := trust.ledger_root(ledger.edge);
  NEW.sealed_tx := ledger.sealed_tx;
  NEW.sealed_id := ledger.sealed_id;
  NEW.created_at := pg_catalog.clock_timestamp();
  -- Origin, size, root, an empty line, at least one signature, the end.
  IF lines[2] IS DISTINCT FROM NEW.tree_size::text OR lines[3] IS DISTINCT FROM pg_catalog.encode(NEW.root_hash, 'base64')
      OR lines[1] = '' OR lines[4] IS DISTINCT FROM '' OR coalesce(lines[5], '') = '' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T04',
      MESSAGE = pg_catalog.format('The note is no checkpoint of the ledger, which has %s leaves.', ledger.size),
      HINT = 'Leave it to `trust-models audit seal`, which signs what the ledger is now.',
      SCHEMA = 'public', TABLE = 'audit_checkpoints', COLUMN = 'note', CONSTRAINT = 'audit_checkpoints_tree';
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_audit_checkpoint() FROM PUBLIC;

-- from: triggers/audit_tiles.sql
SELECT trust.guard_table('trust.audit_tiles');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON trust.audit_tiles
  FOR EACH ROW EXECUTE FUNCTION trust.assign_audit_tile();
ALTER TABLE trust.audit_tiles ENABLE ALWAYS TRIGGER t20_assign;

-- from: triggers/audit_epochs.sql
SELECT trust.guard_table('trust.audit_epochs');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON trust.audit_epochs
  FOR EACH ROW EXECUTE FUNCTION trust.assign_audit_epoch();
ALTER TABLE trust.audit_epochs ENABLE ALWAYS TRIGGER t20_assign;
INSERT INTO trust.audit_epochs (above_id) VALUES (0);

-- from: triggers/audit_ledger.sql
CREATE OR REPLACE TRIGGER t10_grow BEFORE UPDATE OR DELETE ON trust.audit_ledger
  FOR EACH ROW EXECUTE FUNCTION trust.check_audit_ledger();
CREATE OR REPLACE TRIGGER t10_grow_truncate BEFORE TRUNCATE ON trust.audit_ledger
  FOR EACH STATEMENT EXECUTE FUNCTION trust.check_audit_ledger();
ALTER TABLE trust.audit_ledger ENABLE ALWAYS TRIGGER t10_grow, ENABLE ALWAYS TRIGGER t10_grow_truncate;

-- from: triggers/audit_checkpoints.sql
SELECT trust.guard_table('public.audit_checkpoints');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON public.audit_checkpoints
  FOR EACH ROW EXECUTE FUNCTION trust.assign_audit_checkpoint();
ALTER TABLE public.audit_checkpoints ENABLE ALWAYS TRIGGER t20_assign;

-- from: functions/append_leaves.sql
-- Purpose: appends leaves to the ledger: to the edge of level 0, and what gets full on each level becomes a tile, whose
-- root is the next entry of the level above. Returns the ledger as it is then.
CREATE OR REPLACE FUNCTION trust.append_leaves(ledger trust.audit_ledger, leaves bytea, ids bigint[])
  RETURNS trust.audit_ledger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  depth integer := 0;
  pending bytea := ledger.edge[1] || leaves;
  first bigint := ledger.size / 256;  -- the tile that the edge is to become
  full_tiles integer;
  roots bytea;
BEGIN
  ledger.size := ledger.size + pg_catalog.cardinality(ids);
  ids := ledger.edge_ids || ids;
  LOOP
    full_tiles := pg_catalog.octet_length(pending) / 8192;
    ledger.edge[depth + 1] := pg_catalog.substr(pending, full_tiles * 8192 + 1);
    EXIT WHEN full_tiles = 0;

    WITH made AS (
      INSERT INTO trust.audit_tiles AS tile (level, number, hashes, ids)
      SELECT depth, first + at, pg_catalog.substr(pending, at * 8192 + 1, 8192),
        CASE depth WHEN 0 THEN append_leaves.ids[at * 256 + 1 : at * 256 + 256] END
      FROM pg_catalog.generate_series(0, full_tiles - 1) AS at
      RETURNING tile.number, trust.merkle_root(tile.hashes) AS root
    )
    SELECT pg_catalog.string_agg(made.root, '' ORDER BY made.number) INTO roots FROM made;
    depth := depth + 1;
    pending := coalesce(ledger.edge[depth + 1], '') || roots;
    first := first / 256;
  END LOOP;
  ledger.edge_ids := ids[pg_catalog.cardinality(ids) - ledger.size % 256 + 1 :];
  RETURN ledger;
END
$$;
REVOKE ALL ON FUNCTION trust.append_leaves(trust.audit_ledger, bytea, bigint[]) FROM PUBLIC;

-- from: functions/start_audit_epoch.sql
-- Purpose: begins a new epoch of the ledger, in a database that was restored into another cluster. Writers are kept out for
-- the moment in which it begins: what they write afterwards bears transaction ids of this cluster, and ids above.
CREATE OR REPLACE FUNCTION trust.start_audit_epoch(ledger trust.audit_ledger) RETURNS trust.audit_ledger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  above bigint;
BEGIN
  LOCK TABLE public.audit_logs IN SHARE MODE;
  SELECT greatest(pg_catalog.max(id), pg_catalog.pg_sequence_last_value('trust.audit_logs_id_seq'), 0) INTO above
  FROM public.audit_logs;
  INSERT INTO trust.audit_epochs (above_id) VALUES (above);
  ledger.sealed_tx := '0';
  ledger.sealed_id := above;
  ledger.backlog_id := 0;
  INSERT INTO public.audit_logs (actor_type, actor_id, action, outcome, entity_type, entity_id, metadata)
  VALUES ('SYSTEM', session_user, 'audit_ledger.rebase', 'SUCCESS', 'audit_ledger', ledger.size::text,
    pg_catalog.jsonb_build_object('above_id', above));
  RETURN ledger;
END
$$;
REVOKE ALL ON FUNCTION trust.start_audit_epoch(trust.audit_ledger) FROM PUBLIC;

-- from: functions/seal_audit_log.sql
-- Purpose: gives events their leaves in the ledger, at most so many at once, and says how many, and whether there are more
-- that can have one; both are NULL when another sealer is at work. The order is (tx_id, id), below the oldest transaction
-- that may still write: what commits late is never passed over, and no writer waits. That oldest transaction and the
-- events are of one snapshot, so one statement reads both. The hashes are computed here: nobody can bring others.
-- SECURITY DEFINER: who seals needs no right to write the ledger. The settings keep the index on (tx_id, id) in use,
-- whatever the statistics know of the newest events.
CREATE OR REPLACE FUNCTION trust.seal_audit_log(maximum integer, OUT sealed integer, OUT more boolean)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off SET enable_incremental_sort = off SET jit = off
AS $$
DECLARE
  mark CONSTANT bytea := pg_catalog.decode('00', 'hex');
  ledger trust.audit_ledger;
  epoch trust.audit_epochs;
  leaves bytea;
  ids bigint[];
BEGIN
  IF maximum IS NULL OR maximum NOT BETWEEN 1 AND 1000000 THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'maximum must be from 1 to 1,000,000.';
  END IF;
  SELECT * INTO ledger FROM trust.audit_ledger FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  SELECT * INTO STRICT epoch FROM trust.audit_epochs ORDER BY number DESC LIMIT 1;
  IF epoch.server_identity <> trust.server_identity() THEN
    ledger := trust.start_audit_epoch(ledger);
    SELECT * INTO STRICT epoch FROM trust.audit_epochs ORDER BY number DESC LIMIT 1;
  END IF;

  IF ledger.backlog_id IS NOT NULL THEN
    SELECT pg_catalog.string_agg(leaf, '' ORDER BY id), pg_catalog.array_agg(id ORDER BY id) INTO leaves, ids
    FROM (
      SELECT event.id, pg_catalog.sha256(mark || trust.audit_log_bytes(event)) AS leaf FROM public.audit_logs AS event
      WHERE event.id > ledger.backlog_id AND event.id <= least(ledger.backlog_id + maximum, epoch.above_id)
        AND event.id <> ALL (ledger.edge_ids)
        AND NOT EXISTS (
          SELECT FROM trust.audit_tiles AS tile
          WHERE tile.level = 0 AND tile.id_range @> event.id AND event.id = ANY (tile.ids))) AS taken;
    ledger.backlog_id := CASE WHEN ledger.backlog_id + maximum < epoch.above_id THEN ledger.backlog_id + maximum END;
    more := true;
  ELSE
    SELECT pg_catalog.string_agg(leaf, '' ORDER BY tx_id, id), pg_catalog.array_agg(id ORDER BY tx_id, id) INTO leaves, ids
    FROM (
      SELECT event.tx_id, event.id, pg_catalog.sha256(mark || trust.audit_log_bytes(event)) AS leaf
      FROM public.audit_logs AS event
      WHERE (event.tx_id, event.id) > (ledger.sealed_tx, ledger.sealed_id) AND event.id > epoch.above_id
        AND event.tx_id < pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())
      ORDER BY event.tx_id, event.id LIMIT maximum) AS taken;
    IF ids IS NOT NULL THEN
      SELECT event.tx_id, event.id INTO STRICT ledger.sealed_tx, ledger.sealed_id
      FROM public.audit_logs AS event WHERE event.id = ids[pg_catalog.cardinality(ids)];
    END IF;
    more := coalesce(pg_catalog.cardinality(ids), 0) = maximum;
  END IF;

  sealed := coalesce(pg_catalog.cardinality(ids), 0);
  IF sealed > 0 THEN
    ledger := trust.append_leaves(ledger, leaves, ids);
  END IF;
  UPDATE trust.audit_ledger
  SET size = ledger.size, edge = ledger.edge, edge_ids = ledger.edge_ids, sealed_tx = ledger.sealed_tx,
    sealed_id = ledger.sealed_id, backlog_id = ledger.backlog_id, changed_at = pg_catalog.clock_timestamp()
  WHERE sealed > 0 OR backlog_id IS DISTINCT FROM ledger.backlog_id;
END
$$;
REVOKE ALL ON FUNCTION trust.seal_audit_log(integer) FROM PUBLIC;

-- from: grants/ledger.sql
-- Purpose: who seals, a service or whoever maintains, calls the function and writes checkpoints; who reads events reads their
-- proof as well.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['trust_app', 'trust_archiver', 'trust_reader'] LOOP
    CONTINUE WHEN to_regrole(name) IS NULL;
    EXECUTE format('GRANT SELECT ON public.audit_checkpoints, trust.audit_tiles, trust.audit_epochs, trust.audit_ledger'
      ' TO %I', name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION trust.audit_log_bytes(public.audit_logs) TO %I', name);
    IF name <> 'trust_app' THEN  -- which may use the sequence, and so sees how far it is
      EXECUTE format('GRANT SELECT ON SEQUENCE trust.audit_logs_id_seq TO %I', name);
    END IF;
    CONTINUE WHEN name = 'trust_reader';
    EXECUTE format('GRANT INSERT (note) ON public.audit_checkpoints TO %I', name);
    EXECUTE format('GRANT EXECUTE ON FUNCTION trust.seal_audit_log(integer), trust.ledger_root(bytea[]),'
      ' trust.merkle_root(bytea) TO %I', name);
  END LOOP;
END
$$;
