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
