-- Purpose: the statements that give everything of ours to the role $1, in their order; the database itself comes before.
-- What an extension brought stays, and so do the functions of event triggers: with the rights of whoever owns one, it
-- runs in a superuser's commands. A schema public that goes with the database needs no statement of its own.
WITH schemas AS (
  SELECT oid, nspname, nspowner FROM pg_catalog.pg_namespace WHERE nspname IN ('public', 'trust')
), members AS (
  SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), objects (step, class, oid, owner, statement) AS (
  SELECT 1, 'pg_catalog.pg_namespace'::regclass, schemas.oid, nspowner, pg_catalog.format('SCHEMA %I', nspname)
  FROM schemas
  JOIN pg_catalog.pg_database ON datname = current_database()
  WHERE nspowner <> 'pg_database_owner'::regrole
    OR $1::text = 'trust_guard' AND datdba <> 'trust_guard'::regrole
  UNION ALL
  SELECT 2, 'pg_catalog.pg_class'::regclass, relations.oid, relowner,
    pg_catalog.format('%s %I.%I', CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, nspname, relname)
  FROM schemas JOIN pg_catalog.pg_class AS relations ON relnamespace = schemas.oid
  WHERE relkind IN ('r', 'p', 'f', 'S', 'v', 'm') AND NOT EXISTS (
    -- The sequence of a column goes with its table.
    SELECT FROM pg_catalog.pg_depend
    WHERE relkind = 'S' AND classid = 'pg_catalog.pg_class'::regclass AND objid = relations.oid AND deptype IN ('a', 'i'))
  UNION ALL
  SELECT 3, 'pg_catalog.pg_type'::regclass, types.oid, typowner, pg_catalog.format('TYPE %I.%I', nspname, typname)
  FROM schemas JOIN pg_catalog.pg_type AS types ON typnamespace = schemas.oid
  LEFT JOIN pg_catalog.pg_class AS composites ON composites.oid = typrelid
  WHERE typcategory <> 'A' AND typtype <> 'm' AND (typtype <> 'c' OR composites.relkind = 'c')
  UNION ALL
  SELECT 4, 'pg_catalog.pg_proc'::regclass, procedures.oid, proowner,
    pg_catalog.format('ROUTINE %s', procedures.oid::regprocedure)
  FROM schemas JOIN pg_catalog.pg_proc AS procedures ON pronamespace = schemas.oid
  WHERE prorettype <> 'event_trigger'::regtype
)
SELECT pg_catalog.format('ALTER %s OWNER TO %I', statement, $1::text) AS statement, owner::regrole::text AS owner
FROM objects
WHERE owner <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = $1)
  AND (class, oid) NOT IN (SELECT classid, objid FROM members)
ORDER BY step, statement;
