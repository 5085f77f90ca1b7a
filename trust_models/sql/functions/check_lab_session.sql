-- Purpose: the state machine of a lab session. It starts IN_PROGRESS, ends once, and passes only with
-- evidence. Who works on which lab version, and since when, never changes; a finished session stays as it is. Both
-- moments are the clock's, whatever a writer states.
-- SECURITY DEFINER: the evidence is looked up with the owner's rights, not with what the writer may see.
CREATE OR REPLACE FUNCTION trust.check_lab_session() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  code text;
  refusal text;
  hint text;
  rule text;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status = 'IN_PROGRESS' THEN
      NEW.started_at := pg_catalog.clock_timestamp();
      NEW.created_at := pg_catalog.statement_timestamp();
      RETURN NEW;
    END IF;
    code := '23T03';
    refusal := 'A lab session starts IN_PROGRESS.';
    hint := 'Leave the status out, record attempts, then complete the session.';
    rule := 'lab_sessions_status_start';

  ELSIF TG_OP = 'DELETE' THEN
    IF OLD.status = 'IN_PROGRESS' THEN
      RETURN OLD;
    END IF;
    code := '23T01';
    refusal := 'A finished lab session cannot be deleted.';
    hint := 'Its outcome is part of the record.';
    rule := 'lab_sessions_finished_immutable';

  ELSIF (NEW.id, NEW.user_id, NEW.lab_version_id, NEW.started_at, NEW.created_at)
      IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.lab_version_id, OLD.started_at, OLD.created_at) THEN
    code := '23T01';
    refusal := 'Who works on which lab version, and since when, never changes.';
    hint := 'Start a new session.';
    rule := 'lab_sessions_identity_immutable';

  ELSIF OLD.status <> 'IN_PROGRESS' AND (NEW.status IS DISTINCT FROM OLD.status OR NEW IS NOT DISTINCT FROM OLD) THEN
    -- An UPDATE that changes nothing is one that would end the session once more.
    code := '23T03';
    refusal := pg_catalog.format('The lab session has ended as %s; it ends once and never reopens.', OLD.status);
    hint := 'Start a new session.';
    rule := 'lab_sessions_status_final';

  ELSIF OLD.status <> 'IN_PROGRESS' THEN
    code := '23T01';
    refusal := 'A finished lab session is immutable.';
    hint := 'Start a new session.';
    rule := 'lab_sessions_finished_immutable';

  ELSIF NEW.status = 'VERIFIED_PASS' AND NOT EXISTS (
      SELECT FROM public.verification_attempts AS attempts
      WHERE attempts.lab_session_id = NEW.id AND attempts.result = 'PASS') THEN
    code := '23T04';
    refusal := 'A lab session is verified only by an attempt that passed, and it has none.';
    hint := 'Record an attempt with the result PASS first.';
    rule := 'lab_sessions_status_evidence';

  ELSE
    IF NEW.status IS DISTINCT FROM OLD.status THEN
      -- Never before its start, also where the clock was set back in between.
      NEW.completed_at := GREATEST(pg_catalog.clock_timestamp(), NEW.started_at);
    END IF;
    RETURN NEW;
  END IF;

  IF code = '23T01' THEN
    PERFORM trust.record_refusal(
      code, TG_TABLE_NAME, TG_OP, pg_catalog.jsonb_build_object('rule', rule, 'id', OLD.id));
  END IF;
  RAISE EXCEPTION USING
    ERRCODE = code, MESSAGE = refusal, HINT = hint,
    SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = rule;
END
$$;
REVOKE ALL ON FUNCTION trust.check_lab_session() FROM PUBLIC;
