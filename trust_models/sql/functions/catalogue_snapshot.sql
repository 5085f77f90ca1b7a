-- Purpose: the catalogue as one value, definitions by "kind name", to see what a piece of work changes in it.
CREATE OR REPLACE FUNCTION trust.catalogue_snapshot() RETURNS jsonb
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
  SELECT pg_catalog.jsonb_object_agg(kind || ' ' || name, definition) FROM trust.schema_catalogue()
$$;
REVOKE ALL ON FUNCTION trust.catalogue_snapshot() FROM PUBLIC;
