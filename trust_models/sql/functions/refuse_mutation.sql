-- Purpose: the one guard of every append-only table: it refuses, without a branch, a setting or a test of
-- the role that could be used to switch it off. It raises and never returns NULL, which would drop the
-- change without a word and let a cascade leave orphans behind.
CREATE OR REPLACE FUNCTION trust.refuse_mutation() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
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
