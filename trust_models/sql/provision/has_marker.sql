-- Purpose: whether the table of the marker is there, and is a table: from anything else nothing is read.
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_class WHERE oid = to_regclass('trust.environment') AND relkind = 'r') AS has_marker;
