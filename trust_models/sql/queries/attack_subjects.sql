-- Purpose: everything in a database that a path of attack can be tried on, as rows (over, label, kind, words): over
-- names the kind of subject, words are the names for the statements, each quoted for SQL already.
-- $1: the tables that the package guards; one that has lost its guard is attacked all the same.
-- $2: the functions with their owner's rights that the package brings.
WITH RECURSIVE guarded (oid) AS (
  SELECT tgrelid FROM pg_catalog.pg_trigger WHERE tgfoid = to_regprocedure('trust.refuse_mutation()')
  UNION SELECT to_regclass(name) FROM unnest($1::text[]) AS name WHERE to_regclass(name) IS NOT NULL
  UNION SELECT inhrelid FROM pg_catalog.pg_inherits JOIN guarded ON inhparent = guarded.oid
), relations AS MATERIALIZED (
  SELECT classes.oid, relkind, relispartition, relpartbound, relname, nspname,
    format('%I.%I', nspname, relname) AS name
  FROM guarded
  JOIN pg_catalog.pg_class AS classes ON classes.oid = guarded.oid
  JOIN pg_catalog.pg_namespace AS namespaces ON namespaces.oid = relnamespace
), columns AS MATERIALIZED (
  SELECT attrelid, attnum, attname, attgenerated, format_type(atttypid, atttypmod) AS type,
    coalesce(attnum = ANY (indkey), false) AS in_key
  FROM relations
  JOIN pg_catalog.pg_attribute ON attrelid = relations.oid AND attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_catalog.pg_index ON indrelid = attrelid AND indisprimary
), described AS MATERIALIZED (
  SELECT attrelid,
    string_agg(quote_ident(attname), ', ' ORDER BY attnum) FILTER (WHERE attgenerated = '') AS columns,
    (array_agg(quote_ident(attname) ORDER BY in_key DESC, attnum))[1] AS key,
    coalesce(string_agg(quote_ident(attname), ', ') FILTER (WHERE in_key), 'id') AS whole_key,
    (array_agg(quote_ident(attname) ORDER BY type = 'jsonb' DESC, type ~ '^character' DESC, attnum)
      FILTER (WHERE NOT in_key AND attgenerated = ''))[1] AS some_column,
    coalesce(bool_or(attname = 'created_at'), false) AS has_time,
    (array_agg(
      CASE type WHEN 'jsonb' THEN format('%I TYPE jsonb USING ''{"forged": true}''', attname)
        ELSE format('%1$I TYPE %2$s USING %1$I', attname, type) END
      ORDER BY type = 'jsonb' DESC, type ~ '^character' DESC, attnum) FILTER (WHERE NOT in_key AND attgenerated = ''))[1]
      AS rewrite
  FROM columns GROUP BY attrelid
), tables AS MATERIALIZED (
  SELECT relations.*,
    CASE WHEN relkind = 'p' THEN 'log' WHEN relispartition THEN 'segment' ELSE 'table' END AS kind,
    jsonb_build_object(
      'table', name, 'table_literal', quote_literal(name), 'name', quote_ident(relname), 'bare_name', relname,
      'schema_name', nspname, 'evidence_of', CASE WHEN relispartition THEN 'public.audit_logs' ELSE nspname || '.' || relname END,
      'columns', columns, 'key', key, 'whole_key', whole_key, 'some_column', some_column, 'rewrite', rewrite,
      'set', CASE WHEN has_time THEN 'created_at = created_at - interval ''1 day''' ELSE format('%1$s = %1$s', key) END,
      'enable_again', (
        SELECT 'ALTER TABLE ' || name || ' ' || string_agg(format('ENABLE ALWAYS TRIGGER %I', tgname), ', ')
        FROM pg_catalog.pg_trigger WHERE tgrelid = relations.oid AND NOT tgisinternal)
    ) AS words
  FROM relations JOIN described ON attrelid = relations.oid
), functions AS MATERIALIZED (
  SELECT procedures.oid, prosecdef, prorettype, proargtypes,
    format('%I.%I', nspname, proname) AS name,
    format('%I.%I(%s)', nspname, proname, oidvectortypes(proargtypes)) AS signature, nspname
  FROM pg_catalog.pg_proc AS procedures
  JOIN pg_catalog.pg_namespace AS namespaces ON namespaces.oid = pronamespace
  WHERE nspname NOT IN ('pg_catalog', 'information_schema') AND prokind = 'f'
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend
      WHERE classid = 'pg_catalog.pg_proc'::regclass AND objid = procedures.oid AND deptype = 'e')
)
SELECT 'table' AS over, name AS label, kind, words FROM tables
UNION ALL SELECT 'ordinary table', name, kind, words FROM tables WHERE relkind = 'r'
UNION ALL SELECT 'log', name, kind, words FROM tables WHERE kind = 'log'
UNION ALL SELECT 'column', name || '.' || attname, kind, words || jsonb_build_object('column', quote_ident(attname))
FROM tables JOIN columns ON attrelid = oid WHERE attgenerated = ''
UNION ALL
SELECT 'generated column', name || '.' || attname, kind, words || jsonb_build_object('column', quote_ident(attname))
FROM tables JOIN columns ON attrelid = oid WHERE attgenerated = 's' AND type = 'timestamp with time zone'
UNION ALL
SELECT 'guard', name || '.' || tgname, kind, words || jsonb_build_object(
  'trigger', quote_ident(tgname),
  'blunted', replace(replace(pg_get_triggerdef(triggers.oid), ' EXECUTE FUNCTION', ' WHEN (false) EXECUTE FUNCTION'),
    'CREATE TRIGGER', 'CREATE OR REPLACE TRIGGER'))
FROM tables JOIN pg_catalog.pg_trigger AS triggers ON tgrelid = tables.oid AND NOT tgisinternal
UNION ALL
SELECT 'constraint', name || '.' || conname, kind, words || jsonb_build_object('constraint', quote_ident(conname))
FROM tables JOIN pg_catalog.pg_constraint ON conrelid = tables.oid WHERE contype NOT IN ('n', 't')
UNION ALL
SELECT 'foreign key', name || '.' || conname, kind, words || jsonb_build_object(
  'constraint', quote_ident(conname), 'constraint_literal', quote_literal(conname),
  'column', quote_ident(attname), 'parent', (SELECT format('%I.%I', nspname, relname) FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace
    ON pg_namespace.oid = relnamespace WHERE pg_class.oid = confrelid), 'parent_key', (
    SELECT quote_ident(attname) FROM pg_catalog.pg_attribute WHERE attrelid = confrelid AND attnum = confkey[1]))
FROM tables
JOIN pg_catalog.pg_constraint ON conrelid = tables.oid AND contype = 'f'
JOIN pg_catalog.pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
UNION ALL
SELECT 'segment', name, kind, words || jsonb_build_object(
  'parent', (SELECT format('%I.%I', nspname, relname) FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace
    ON pg_namespace.oid = relnamespace WHERE pg_class.oid = inhparent), 'bounds', pg_get_expr(relpartbound, tables.oid),
  'lowest', substring(pg_get_expr(relpartbound, tables.oid) FROM '\d+'))
FROM tables JOIN pg_catalog.pg_inherits ON inhrelid = tables.oid
UNION ALL
SELECT 'function', signature, 'function', jsonb_build_object('function', signature)
FROM functions WHERE nspname = 'trust'
UNION ALL
SELECT 'trigger function', signature, 'function', jsonb_build_object('function', signature)
FROM functions WHERE nspname = 'trust' AND prorettype = 'trigger'::regtype
UNION ALL
SELECT 'definer', signature, 'function', jsonb_build_object(
  'function', signature, 'function_oid', functions.oid::text, 'known', (name = ANY ($2::text[]))::text,
  'call', format('%s(%s)', name, (
    SELECT string_agg(CASE typcategory
      WHEN 'S' THEN format('$x$x''; DELETE FROM public.audit_logs; --$x$::%s', argument::regtype)
      WHEN 'N' THEN format('(-1)::%s', argument::regtype)
      ELSE format('NULL::%s', argument::regtype) END, ', ' ORDER BY place)
    FROM unnest(proargtypes::oid[]) WITH ORDINALITY AS arguments (argument, place)
    JOIN pg_catalog.pg_type ON pg_type.oid = argument)))
FROM functions WHERE prosecdef AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
UNION ALL
SELECT 'sequence', format('%I.%I', nspname, relname), 'sequence', jsonb_build_object(
  'sequence', format('%I.%I', nspname, relname), 'sequence_literal', quote_literal(format('%I.%I', nspname, relname)))
FROM pg_catalog.pg_class JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'S' AND nspname IN ('public', 'trust') AND relname NOT LIKE 'aerich%'
UNION ALL
SELECT 'schema', nspname, 'schema',
  jsonb_build_object('schema', quote_ident(nspname), 'schema_literal', quote_literal(nspname))
FROM pg_catalog.pg_namespace WHERE nspname IN ('public', 'trust')
UNION ALL
SELECT 'internal', format('trust.%I', relname), 'table', jsonb_build_object(
  'internal', format('trust.%I', relname), 'any', (
    SELECT quote_ident(attname) FROM pg_catalog.pg_attribute WHERE attrelid = classes.oid AND attnum > 0
      AND NOT attisdropped AND attgenerated = '' AND attidentity = '' ORDER BY attnum LIMIT 1))
FROM pg_catalog.pg_class AS classes
WHERE relkind = 'r' AND relnamespace = to_regnamespace('trust') AND oid NOT IN (SELECT oid FROM relations)
  -- Counts, and how far a spool was read: from them nothing is decided that an owner could not write himself.
  AND relname NOT IN ('denials', 'audit_spools')
UNION ALL
SELECT 'role', rolname, 'role', jsonb_build_object('other', quote_ident(rolname), 'other_literal', quote_literal(rolname))
FROM pg_catalog.pg_roles
WHERE oid IN (SELECT relowner FROM pg_catalog.pg_class WHERE oid = to_regclass('public.aerich'))
  OR oid = 10  -- the first superuser
  OR rolname IN ('trust_owner', 'trust_guard', 'trust_approver', 'trust_app', 'trust_reader', 'trust_archiver')
  OR rolname IN ('pg_write_all_data', 'pg_write_server_files', 'pg_read_server_files', 'pg_execute_server_program',
    'pg_maintain', 'pg_signal_backend', 'pg_create_subscription')
UNION ALL
SELECT 'extension', name, 'extension', jsonb_build_object('extension', quote_ident(name))
FROM pg_catalog.pg_available_extensions
WHERE installed_version IS NULL AND name IN ('adminpack', 'dblink', 'file_fdw', 'pageinspect', 'pg_surgery', 'postgres_fdw')
UNION ALL
SELECT 'installed extension', extname, 'extension', jsonb_build_object('extension', quote_ident(extname))
FROM pg_catalog.pg_extension
UNION ALL
SELECT 'enum label', format('%s.%s', enumtypid::regtype, enumlabel), 'type',
  jsonb_build_object('type', enumtypid::regtype::text, 'label', quote_literal(enumlabel))
FROM pg_catalog.pg_enum JOIN pg_catalog.pg_type ON pg_type.oid = enumtypid
WHERE typnamespace IN (to_regnamespace('public'), to_regnamespace('trust'))
UNION ALL
SELECT 'domain constraint', format('%s.%s', contypid::regtype, conname), 'type',
  jsonb_build_object('type', contypid::regtype::text, 'constraint', quote_ident(conname))
FROM pg_catalog.pg_constraint
WHERE contypid <> 0 AND connamespace IN (to_regnamespace('public'), to_regnamespace('trust'))
UNION ALL
SELECT 'event trigger', evtname, 'event trigger', jsonb_build_object('event_trigger', quote_ident(evtname))
FROM pg_catalog.pg_event_trigger
ORDER BY over, label
