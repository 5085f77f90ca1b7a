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
