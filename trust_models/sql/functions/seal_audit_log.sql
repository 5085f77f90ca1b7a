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
