-- Purpose: the number that follows the last one in a series without gaps; a writer may state it, but no other.
CREATE OR REPLACE FUNCTION trust.next_number(stated integer, last integer, table_name text, column_name text)
  RETURNS integer
  LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  following CONSTANT integer := coalesce(last, 0) + 1;
BEGIN
  IF stated <> following THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T02',
      MESSAGE = pg_catalog.format('%s.%s %s is out of order: the next one is %s.', table_name, column_name, stated, following),
      HINT = pg_catalog.format('Leave %s out: the database assigns it.', column_name),
      SCHEMA = 'public',
      TABLE = table_name,
      COLUMN = column_name,
      CONSTRAINT = pg_catalog.format('%s_%s_order', table_name, column_name);
  END IF;
  RETURN following;
END
$$;
REVOKE ALL ON FUNCTION trust.next_number(integer, integer, text, text) FROM PUBLIC;
