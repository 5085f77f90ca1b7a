-- Purpose: the one guard of every append-only table: it refuses, without a branch, a setting or a test of
-- the role that could be used to switch it off. It raises and never returns NULL, which would drop the
-- change without a word and let a cascade leave orphans behind.
-- It leaves a trace first (trust.record_refusal). Whatever becomes of that, the refusal is the same: hence the block.
-- SECURITY DEFINER for the trace alone.
CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  BEGIN
    PERFORM trust.record_refusal('23T01', TG_TABLE_NAME, TG_OP, pg_catalog.jsonb_build_object(
      'rule', TG_TABLE_NAME || '_immutable', 'id', pg_catalog.to_jsonb(OLD) -> 'id'));
  EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
  END;
  RAISE EXCEPTION USING
    ERRCODE = '23T01',
    MESSAGE = pg_catalog.format('%s is refused: the records of %I are immutable.', TG_OP, TG_TABLE_NAME),
    HINT = 'Insert a new record that corrects the old one.',
    SCHEMA = TG_TABLE_SCHEMA,
    TABLE = TG_TABLE_NAME,
    CONSTRAINT = TG_TABLE_NAME || '_immutable';
END
$$;
REVOKE ALL ON FUNCTION trust.refuse_mutation() FROM PUBLIC;
