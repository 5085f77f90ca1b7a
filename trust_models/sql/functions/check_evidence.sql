-- Purpose: an override changes the schema, never the evidence: every guarded table is still there, in the same file,
-- with all its columns, in its place, unwritten and guarded; what has come to hang below one is guarded and empty.
CREATE OR REPLACE FUNCTION trust.check_evidence(before jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  refusal text;
BEGIN
  SELECT pg_catalog.string_agg(coalesce(was.value, is_now.value) ->> 'name' || ' ' || problem, ', ') INTO refusal
  FROM pg_catalog.jsonb_each(before) AS was FULL JOIN pg_catalog.jsonb_each(trust.evidence_state()) AS is_now USING (key),
  LATERAL (SELECT CASE
    WHEN is_now.value IS NULL THEN 'is gone or without its guard'
    WHEN NOT (is_now.value -> 'guarded')::boolean THEN 'is without its whole guard'
    WHEN was.value IS NULL THEN
      CASE WHEN is_now.value -> 'parents' <> '[]' AND NOT (is_now.value -> 'empty')::boolean THEN 'brings rows along' END
    WHEN was.value -> 'file' <> is_now.value -> 'file' THEN 'was rewritten'
    WHEN NOT was.value -> 'columns' <@ (is_now.value -> 'columns') THEN 'has lost a column'
    WHEN was.value -> 'parents' <> is_now.value -> 'parents' THEN 'was attached or detached'
    WHEN was.value -> 'writes' <> is_now.value -> 'writes' THEN 'was written to'
  END AS problem) AS judged
  WHERE problem IS NOT NULL;
  IF refusal IS NOT NULL THEN
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'EXECUTE', pg_catalog.jsonb_build_object('evidence', refusal));
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('An override changes the schema, never the evidence: %s.', refusal),
      HINT = 'Take this out of the migration, and ask for an override of the new text.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_evidence';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION trust.check_evidence(jsonb) FROM PUBLIC;
