-- Purpose: adds the next segment to audit_logs: a partition of one million ids, complete with its guard.
-- It is made beside the table and attached, because ATTACH lets writers go on while CREATE ... PARTITION OF
-- would wait for all of them; the CHECK spares the scan, and stays as the segment's label after a DETACH.
-- It is the routine form of an override: the lock lets it through, and only for a new segment. SECURITY DEFINER: then
-- the table belongs to the guard. Where the tables of the lock do not exist yet, there is none.
CREATE OR REPLACE FUNCTION trust.create_audit_segment() RETURNS regclass
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  size CONSTANT bigint := 1000000;
  number bigint;
  name text;
  before jsonb;
BEGIN
  IF pg_catalog.to_regclass('trust.schema_lock') IS NOT NULL THEN
    before := trust.open_lock_pass();
  END IF;
  LOCK TABLE public.audit_logs IN SHARE UPDATE EXCLUSIVE MODE;  -- one at a time; writers go on
  SELECT coalesce(pg_catalog.max(substring(segments.relname FROM '[0-9]+$')::bigint) + 1, 0) INTO number
  FROM pg_catalog.pg_class AS segments
  WHERE segments.relnamespace = 'trust'::regnamespace
    AND segments.relkind = 'r' AND segments.relname ~ '^audit_segment_[0-9]+$';
  name := 'audit_segment_' || pg_catalog.lpad(number::text, 6, '0');

  EXECUTE pg_catalog.format(
    'CREATE TABLE trust.%I (LIKE public.audit_logs INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE,'
    ' CONSTRAINT %I CHECK (id >= %s AND id < %s))',
    name, name || '_id_ck', number * size, (number + 1) * size);
  EXECUTE pg_catalog.format('REVOKE ALL ON TABLE trust.%I FROM PUBLIC', name);
  PERFORM trust.guard_table(pg_catalog.format('trust.%I', name)::regclass);
  EXECUTE pg_catalog.format(
    'CREATE TRIGGER t20_assign BEFORE INSERT ON trust.%I'
    ' FOR EACH ROW EXECUTE FUNCTION trust.assign_audit_log()', name);
  EXECUTE pg_catalog.format('ALTER TABLE trust.%I ENABLE ALWAYS TRIGGER t20_assign', name);
  EXECUTE pg_catalog.format(
    'ALTER TABLE public.audit_logs ATTACH PARTITION trust.%I FOR VALUES FROM (%s) TO (%s)',
    name, number * size, (number + 1) * size);
  IF before IS NOT NULL THEN
    PERFORM trust.close_lock_pass(before, '^(table )?trust[.]audit_segment_[0-9]+([.]| to |$)');
  END IF;
  RETURN pg_catalog.format('trust.%I', name)::regclass;
END
$$;
REVOKE ALL ON FUNCTION trust.create_audit_segment() FROM PUBLIC;
