-- Purpose: ends what trust.open_lock_pass began, and puts what has changed since into the baseline.
-- Only what has changed: where the schema was not as its baseline says before, it is not afterwards either, and a
-- piece of work that lays hands on such an object is refused unless it mends it. New objects belong to the guard.
-- With `names`, a regular expression, the work may only have made new objects with such names.
CREATE OR REPLACE FUNCTION trust.close_lock_pass(before jsonb, names text DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  changes jsonb;
  refusal text;
BEGIN
  IF before IS NULL THEN
    RETURN;
  END IF;
  SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('kind', pg_catalog.split_part(key, ' ', 1),
      'name', pg_catalog.substr(key, pg_catalog.strpos(key, ' ') + 1), 'was', was.value, 'is_now', is_now.value)), '[]') INTO changes
  FROM pg_catalog.jsonb_each_text(before) AS was FULL JOIN pg_catalog.jsonb_each_text(trust.catalogue_snapshot()) AS is_now USING (key)
  WHERE was.value IS DISTINCT FROM is_now.value;

  SELECT pg_catalog.string_agg(pg_catalog.format('%s %s %s', problem, change.kind, change.name), ', ') INTO refusal
  FROM pg_catalog.jsonb_to_recordset(changes) AS change (kind text, name text, was text, is_now text)
  LEFT JOIN trust.schema_lock_baseline AS baseline USING (kind, name),
  LATERAL (SELECT CASE
    WHEN names IS NOT NULL AND (change.was IS NOT NULL OR change.name !~ names) THEN 'not of this work:'
    WHEN change.kind = 'owner' AND change.is_now <> '<owner>' THEN 'in other hands:'
    WHEN change.was IS DISTINCT FROM baseline.definition AND change.is_now IS DISTINCT FROM baseline.definition
      THEN 'not as it was locked before:'
  END AS problem) AS judged
  WHERE problem IS NOT NULL;
  IF refusal IS NOT NULL THEN
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'EXECUTE', pg_catalog.jsonb_build_object('changes', refusal));
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('This work goes beyond what the lock allows: %s.', refusal),
      HINT = 'See `trust-models lock status`; release the lock to mend what is not as it was locked.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_changes';
  END IF;

  DELETE FROM trust.schema_lock_baseline AS baseline
  USING pg_catalog.jsonb_to_recordset(changes) AS change (kind text, name text)
  WHERE baseline.kind = change.kind AND baseline.name = change.name;
  INSERT INTO trust.schema_lock_baseline (kind, name, definition)
  SELECT kind, name, is_now FROM pg_catalog.jsonb_to_recordset(changes) AS change (kind text, name text, is_now text)
  WHERE is_now IS NOT NULL;
  DELETE FROM trust.schema_lock_passes;
END
$$;
REVOKE ALL ON FUNCTION trust.close_lock_pass(jsonb, text) FROM PUBLIC;
