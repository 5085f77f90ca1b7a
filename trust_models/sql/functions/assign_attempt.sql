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
