-- Purpose: whether the tables of the marker and of the migrations are there, and can be read without running what their
-- owner wrote. Planning a query already computes the expressions of a table's indexes, statistics and constraints; a
-- policy, and an implicit cast of a column's type, run with it: all that with the rights of whoever reads, be it a
-- superuser. What PostgreSQL itself brings has no entry in pg_depend.
WITH parts AS (
  SELECT tables.oid AS of_table, 'pg_catalog.pg_class'::regclass AS classid, tables.oid AS objid
  FROM pg_catalog.pg_class AS tables
  UNION ALL
  SELECT refobjid, classid, objid FROM pg_catalog.pg_depend
  WHERE refclassid = 'pg_catalog.pg_class'::regclass AND classid IN (
    'pg_catalog.pg_class'::regclass, 'pg_catalog.pg_constraint'::regclass, 'pg_catalog.pg_statistic_ext'::regclass)
), readable AS (
  SELECT oid FROM pg_catalog.pg_class
  WHERE relkind = 'r' AND NOT relrowsecurity AND NOT EXISTS (
    SELECT FROM parts JOIN pg_catalog.pg_depend AS needs USING (classid, objid)
    WHERE of_table = pg_class.oid AND needs.refclassid IN (
      'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass, 'pg_catalog.pg_opclass'::regclass,
      'pg_catalog.pg_type'::regclass))
)
SELECT
  EXISTS (SELECT FROM readable WHERE oid = pg_catalog.to_regclass('trust.environment')) AS has_marker,
  EXISTS (SELECT FROM readable WHERE oid = pg_catalog.to_regclass('public.aerich')) AS has_migrations;
