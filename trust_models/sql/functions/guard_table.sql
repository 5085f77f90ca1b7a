-- Purpose: puts the full guard on an append-only table, or on one partition of it.
-- The statement triggers refuse also what touches no row, TRUNCATE among it; the row trigger refuses what
-- reaches a row by another way, a cascade. ENABLE ALWAYS: session_replication_role changes nothing.
-- A partition gets triggers of its own, because those cloned from its parent go with DETACH, and a TRUNCATE
-- trigger is not cloned at all. The parent's row trigger therefore bears another name: it is the first
-- protection of a partition that was attached by hand.
-- What is refused is counted per table and operation; a segment, which lies in `trust`, counts for the table.
CREATE OR REPLACE FUNCTION trust.guard_table(target regclass) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  guarded pg_catalog.pg_class;
  row_trigger text;
BEGIN
  SELECT * INTO STRICT guarded FROM pg_catalog.pg_class WHERE oid = target;
  row_trigger := CASE guarded.relkind WHEN 'p' THEN 't10_immutable_inherited' ELSE 't10_immutable' END;
  IF guarded.relnamespace = 'public'::regnamespace THEN
    PERFORM trust.ensure_refusal_counters(guarded.relname, ARRAY['update', 'delete', 'truncate', 'ddl']);
  END IF;
  EXECUTE pg_catalog.format(
    'CREATE OR REPLACE TRIGGER %I BEFORE UPDATE OR DELETE ON %s'
    ' FOR EACH ROW EXECUTE FUNCTION trust.refuse_mutation()', row_trigger, target);
  EXECUTE pg_catalog.format(
    'CREATE OR REPLACE TRIGGER t10_immutable_statement BEFORE UPDATE OR DELETE ON %s'
    ' FOR EACH STATEMENT EXECUTE FUNCTION trust.refuse_mutation()', target);
  EXECUTE pg_catalog.format(
    'CREATE OR REPLACE TRIGGER t10_immutable_truncate BEFORE TRUNCATE ON %s'
    ' FOR EACH STATEMENT EXECUTE FUNCTION trust.refuse_mutation()', target);
  EXECUTE pg_catalog.format(
    'ALTER TABLE %s ENABLE ALWAYS TRIGGER %I, ENABLE ALWAYS TRIGGER t10_immutable_statement,'
    ' ENABLE ALWAYS TRIGGER t10_immutable_truncate', target, row_trigger);
END
$$;
REVOKE ALL ON FUNCTION trust.guard_table(regclass) FROM PUBLIC;
