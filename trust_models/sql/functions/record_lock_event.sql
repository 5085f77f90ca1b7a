-- Purpose: a step of the lock or of an override leaves an event, in its own transaction; the actor is the login.
CREATE OR REPLACE FUNCTION trust.record_lock_event(action text, entity_type text, entity_id text, metadata jsonb)
  RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO public.audit_logs (actor_type, actor_id, action, outcome, entity_type, entity_id, metadata)
  VALUES ('SYSTEM', session_user, action, 'SUCCESS', entity_type, entity_id, metadata)
$$;
REVOKE ALL ON FUNCTION trust.record_lock_event(text, text, text, jsonb) FROM PUBLIC;
