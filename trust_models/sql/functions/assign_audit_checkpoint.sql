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
