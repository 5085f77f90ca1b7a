-- Purpose: keeps a number of empty segments ready ahead of the one that is being written, and returns how
-- many had to be made. SECURITY DEFINER, so that the role that maintains needs no right on the table.
-- The pass through the lock comes before the table: a migration takes the two in this order.
CREATE OR REPLACE FUNCTION trust.ensure_audit_segments(ahead integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  made integer := 0;
  before jsonb;
BEGIN
  IF ahead IS NULL OR ahead NOT BETWEEN 1 AND 100 THEN
    RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'ahead must be from 1 to 100.';
  END IF;
  IF pg_catalog.to_regclass('trust.schema_lock') IS NOT NULL THEN
    before := trust.open_lock_pass();
  END IF;
  LOCK TABLE public.audit_logs IN SHARE UPDATE EXCLUSIVE MODE;  -- whoever comes second counts what the first made
  WHILE trust.audit_segments_ahead() < ahead LOOP
    PERFORM trust.create_audit_segment();
    made := made + 1;
  END LOOP;
  IF before IS NOT NULL THEN
    PERFORM trust.close_lock_pass(before, '^(table )?trust[.]audit_segment_[0-9]+([.]| to |$)');
  END IF;
  RETURN made;
END
$$;
REVOKE ALL ON FUNCTION trust.ensure_audit_segments(integer) FROM PUBLIC;
