-- Purpose: the tables of the lock are written by its functions, which run with their owner's rights, and by nobody
-- else, a superuser who only means to look included.
CREATE OR REPLACE FUNCTION trust.refuse_direct_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF current_user = (SELECT pg_catalog.pg_get_userbyid(relowner) FROM pg_catalog.pg_class WHERE oid = TG_RELID) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION USING
    ERRCODE = '42T01',
    MESSAGE = pg_catalog.format('%s is refused: %I is written by the functions of the lock alone.', TG_OP, TG_TABLE_NAME),
    HINT = 'Use `trust-models lock`.',
    SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_direct';
END
$$;
REVOKE ALL ON FUNCTION trust.refuse_direct_change() FROM PUBLIC;
