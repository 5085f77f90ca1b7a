-- from: functions/check_lab_session.sql
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

-- from: functions/assign_attempt.sql
-- Purpose: the database alone says which attempt of its session a verification is, and when it was; and it
-- takes one only while the session is IN_PROGRESS. The lock on the session orders attempts among themselves
-- and against its completion.
CREATE OR REPLACE FUNCTION trust.assign_attempt() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  session_status text;
  last integer;
BEGIN
  SELECT status INTO session_status
  FROM public.lab_sessions WHERE id = NEW.lab_session_id
  FOR NO KEY UPDATE;
  IF session_status <> 'IN_PROGRESS' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = pg_catalog.format('The lab session has ended as %s and takes no more attempts.', session_status),
      HINT = 'Start a new session.',
      SCHEMA = TG_TABLE_SCHEMA,
      TABLE = TG_TABLE_NAME,
      CONSTRAINT = 'verification_attempts_lab_session_id_open';
  END IF;
  SELECT attempt INTO last
  FROM public.verification_attempts WHERE lab_session_id = NEW.lab_session_id
  ORDER BY attempt DESC LIMIT 1;

  NEW.id := trust.uuid_v7_of(NEW.id);
  -- A call only where a number is stated, which is seldom: it costs a tenth of the INSERT.
  NEW.attempt := CASE WHEN NEW.attempt IS NULL THEN coalesce(last, 0) + 1
    ELSE trust.next_number(NEW.attempt, last, 'verification_attempts', 'attempt') END;
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_attempt() FROM PUBLIC;

-- from: functions/assign_proof.sql
-- Purpose: the database alone says what the id of a proof is and when it was recorded.
CREATE OR REPLACE FUNCTION trust.assign_proof() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.id := trust.uuid_v7_of(NEW.id);
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_proof() FROM PUBLIC;

-- from: tables/lab_sessions.sql
-- Purpose: one person's work on one version of a lab, from its start to its verified end.
CREATE TABLE public.lab_sessions (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT lab_sessions_pkey PRIMARY KEY,
  user_id uuid NOT NULL CONSTRAINT lab_sessions_user_id_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
  lab_version_id uuid NOT NULL
    CONSTRAINT lab_sessions_lab_version_id_fkey REFERENCES public.lab_versions (id) ON DELETE RESTRICT,
  status varchar(16) NOT NULL DEFAULT 'IN_PROGRESS',
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz,
  compute_cost numeric(18, 6),
  cost_metadata jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT lab_sessions_status_ck CHECK (status IN ('IN_PROGRESS', 'VERIFIED_PASS', 'FAILED')),
  CONSTRAINT lab_sessions_status_completed_at_ck CHECK ((status = 'IN_PROGRESS') = (completed_at IS NULL)),
  CONSTRAINT lab_sessions_completed_at_ck CHECK (completed_at >= started_at),
  CONSTRAINT lab_sessions_compute_cost_ck CHECK (compute_cost >= 0 AND compute_cost <> 'NaN'),
  CONSTRAINT lab_sessions_cost_metadata_ck CHECK (jsonb_typeof(cost_metadata) = 'object')
);
CREATE INDEX lab_sessions_user_id_idx ON public.lab_sessions (user_id, id);
CREATE INDEX lab_sessions_lab_version_id_idx ON public.lab_sessions (lab_version_id);

-- from: tables/verification_attempts.sql
-- Purpose: one run of a verification: which commit, with which result; append-only.
-- updated_at is there because every table has it; here it can be nothing but created_at.
CREATE TABLE public.verification_attempts (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT verification_attempts_pkey PRIMARY KEY,
  lab_session_id uuid NOT NULL
    CONSTRAINT verification_attempts_lab_session_id_fkey REFERENCES public.lab_sessions (id) ON DELETE RESTRICT,
  attempt integer NOT NULL,
  commit_sha varchar(64) NOT NULL,
  result varchar(16) NOT NULL,
  logs jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
  CONSTRAINT verification_attempts_attempt_ck CHECK (attempt > 0),
  CONSTRAINT verification_attempts_commit_sha_ck CHECK (commit_sha ~ '^([0-9a-f]{40}|[0-9a-f]{64})$'),
  CONSTRAINT verification_attempts_result_ck CHECK (result IN ('PASS', 'FAIL')),
  CONSTRAINT verification_attempts_lab_session_id_attempt_key UNIQUE (lab_session_id, attempt)
);

-- from: tables/proof_artifacts.sql
-- Purpose: where the evidence of an attempt lies, and the hash that it must have; append-only.
-- A location is a path or a URL, and never holds credentials: a URL has nothing but a host and a port before its
-- path, and there is no query anywhere (signed URLs carry their secret there).
-- updated_at is there because every table has it; here it can be nothing but created_at.
CREATE TABLE public.proof_artifacts (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT proof_artifacts_pkey PRIMARY KEY,
  verification_attempt_id uuid NOT NULL
    CONSTRAINT proof_artifacts_verification_attempt_id_fkey
    REFERENCES public.verification_attempts (id) ON DELETE RESTRICT,
  type varchar(16) NOT NULL,
  location varchar(2000) NOT NULL,
  sha256 varchar(64) NOT NULL,
  size_bytes bigint NOT NULL,
  content_type varchar(255) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
  CONSTRAINT proof_artifacts_type_ck CHECK (type IN ('LOG', 'DIFF', 'SCREENSHOT')),
  CONSTRAINT proof_artifacts_location_ck CHECK (
    location ~ '^[^[:space:][:cntrl:]][^[:cntrl:]\\?]*$'
    AND location !~ '^[^/@:]+:[^/].*@'
    AND (
      location !~ '^([A-Za-z][A-Za-z0-9+.-]*:|//)'
      OR location ~ '^[A-Za-z][A-Za-z0-9+.-]*://[A-Za-z0-9._-]*(:[0-9]+)?(/[^#]*)?$'
    )
  ),
  CONSTRAINT proof_artifacts_sha256_ck CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT proof_artifacts_size_bytes_ck CHECK (size_bytes >= 0),
  CONSTRAINT proof_artifacts_content_type_ck CHECK (
    content_type ~ '^[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+( *;[^[:cntrl:]]*)?$'
  )
);
CREATE INDEX proof_artifacts_verification_attempt_id_idx ON public.proof_artifacts (verification_attempt_id);

-- from: triggers/lab_sessions.sql
SELECT trust.ensure_refusal_counters('lab_sessions', ARRAY['update', 'delete', 'ddl']);
CREATE OR REPLACE TRIGGER t40_state BEFORE INSERT OR UPDATE OR DELETE ON public.lab_sessions
  FOR EACH ROW EXECUTE FUNCTION trust.check_lab_session();
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.lab_sessions
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.lab_sessions ENABLE ALWAYS TRIGGER t40_state, ENABLE ALWAYS TRIGGER t80_touch;

-- from: triggers/verification_attempts.sql
SELECT trust.guard_table('public.verification_attempts');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON public.verification_attempts
  FOR EACH ROW EXECUTE FUNCTION trust.assign_attempt();
ALTER TABLE public.verification_attempts ENABLE ALWAYS TRIGGER t20_assign;

-- from: triggers/proof_artifacts.sql
SELECT trust.guard_table('public.proof_artifacts');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON public.proof_artifacts
  FOR EACH ROW EXECUTE FUNCTION trust.assign_proof();
ALTER TABLE public.proof_artifacts ENABLE ALWAYS TRIGGER t20_assign;
