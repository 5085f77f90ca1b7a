-- Purpose: what the schema is: every object in the schemas public and trust but the members of extensions, as rows
-- (kind, name, definition) that do not depend on OIDs, on the database's name, on the order in which things were
-- made or on who asks. The role that migrates, which owns Aerich's table, is called <owner>.
-- trust_models/schema/catalogue.py sends the text between the marks by itself, because a superuser could have
-- replaced the function. The settings are those that PostgreSQL words definitions by, and the one that
-- would compile for longer than the query takes.
CREATE OR REPLACE FUNCTION trust.schema_catalogue() RETURNS TABLE (kind text, name text, definition text)
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
  SET TimeZone = 'UTC' SET DateStyle = 'ISO, MDY' SET IntervalStyle = 'postgres' SET bytea_output = 'hex'
  SET extra_float_digits = 1 SET quote_all_identifiers = off SET standard_conforming_strings = on SET jit = off
AS $$
WITH settled AS MATERIALIZED (
  SELECT pg_catalog.current_setting('search_path') AS path
), qualified AS MATERIALIZED (
  -- PostgreSQL leaves out the schema of what the search_path finds. Everything below waits for this, by its join
  -- with `schemas`; the last step takes it back, for the transaction that the caller may be in.
  SELECT pg_catalog.set_config('search_path', 'pg_catalog', true) AS path FROM settled
), schemas AS MATERIALIZED (
  SELECT namespaces.oid, pg_catalog.quote_ident(nspname) AS name, nspowner, nspacl
  FROM qualified JOIN pg_catalog.pg_namespace AS namespaces ON qualified.path = 'pg_catalog'
  WHERE nspname IN ('public', 'trust')
), members AS MATERIALIZED (
  SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e'
), roles AS MATERIALIZED (
  SELECT roles.oid, CASE WHEN roles.oid = migrations.relowner THEN '<owner>' ELSE pg_catalog.quote_ident(rolname) END AS name
  FROM pg_catalog.pg_roles AS roles
  LEFT JOIN pg_catalog.pg_class AS migrations ON migrations.oid = pg_catalog.to_regclass('public.aerich')
  UNION ALL SELECT 0, 'PUBLIC'
), relations AS MATERIALIZED (
  SELECT classes.*, schemas.name || '.' || pg_catalog.quote_ident(relname) AS name,
    CASE relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'view' ELSE 'table' END AS kind
  FROM schemas JOIN pg_catalog.pg_class AS classes ON relnamespace = schemas.oid
  WHERE relkind IN ('r', 'p', 'f', 'S', 'v', 'm')
    AND (('pg_catalog.pg_class'::regclass, classes.oid) IN (SELECT classid, objid FROM members)) IS FALSE
), functions AS MATERIALIZED (
  SELECT procedures.*, pg_catalog.format('%s.%I(%s)', schemas.name, proname, pg_catalog.oidvectortypes(proargtypes)) AS name
  FROM schemas JOIN pg_catalog.pg_proc AS procedures ON pronamespace = schemas.oid
  WHERE (('pg_catalog.pg_proc'::regclass, procedures.oid) IN (SELECT classid, objid FROM members)) IS FALSE
), types AS MATERIALIZED (
  SELECT every_type.*, pg_catalog.format('%s.%I', schemas.name, typname) AS name
  FROM schemas JOIN pg_catalog.pg_type AS every_type ON typnamespace = schemas.oid
  LEFT JOIN pg_catalog.pg_class AS composites ON composites.oid = typrelid
  WHERE typcategory <> 'A' AND (typtype <> 'c' OR composites.relkind = 'c')
    AND (('pg_catalog.pg_type'::regclass, every_type.oid) IN (SELECT classid, objid FROM members)) IS FALSE
), owners AS (
  SELECT 'schema ' || name AS object, nspowner AS owner FROM schemas
  UNION ALL SELECT kind || ' ' || name, relowner FROM relations
  UNION ALL SELECT 'function ' || name, proowner FROM functions
  UNION ALL SELECT 'type ' || name, typowner FROM types
), rights AS (
  SELECT 'schema ' || name AS object, nspowner AS owner, NULL::name AS field, acl.*
  FROM schemas, pg_catalog.aclexplode(coalesce(nspacl, pg_catalog.acldefault('n', nspowner))) AS acl
  UNION ALL
  SELECT kind || ' ' || name, relowner, NULL, acl.*
  FROM relations, pg_catalog.aclexplode(
    coalesce(relacl, pg_catalog.acldefault(CASE kind WHEN 'sequence' THEN 's' ELSE 'r' END::"char", relowner))) AS acl
  UNION ALL
  SELECT kind || ' ' || name, relowner, attname, acl.*
  FROM relations JOIN pg_catalog.pg_attribute ON attrelid = relations.oid, pg_catalog.aclexplode(attacl) AS acl
  UNION ALL
  SELECT 'function ' || name, proowner, NULL, acl.*
  FROM functions, pg_catalog.aclexplode(coalesce(proacl, pg_catalog.acldefault('f', proowner))) AS acl
  UNION ALL
  SELECT 'type ' || name, typowner, NULL, acl.*
  FROM types, pg_catalog.aclexplode(coalesce(typacl, pg_catalog.acldefault('T', typowner))) AS acl
  UNION ALL
  SELECT pg_catalog.format('every new "%s" of %s in %s', defaclobjtype, roles.name, coalesce(schemas.name, 'any schema')),
    defaclrole, NULL, acl.*
  FROM pg_catalog.pg_default_acl
  LEFT JOIN roles ON roles.oid = defaclrole
  LEFT JOIN schemas ON schemas.oid = defaclnamespace, pg_catalog.aclexplode(defaclacl) AS acl
  -- What gives no more than PostgreSQL does by itself is none: provisioning takes away from that.
  WHERE schemas.oid IS NOT NULL OR (defaclnamespace = 0 AND NOT EXISTS (
    SELECT FROM pg_catalog.aclexplode(pg_catalog.acldefault(CASE defaclobjtype WHEN 'S' THEN 's' ELSE defaclobjtype END, defaclrole)) AS own
    WHERE (own.grantee, own.privilege_type, own.is_grantable) = (acl.grantee, acl.privilege_type, acl.is_grantable)))
), privileges AS (
  SELECT object, grantees.name AS grantee,
    pg_catalog.concat(
      privilege_type, ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(field), ', ' ORDER BY field) || ')',
      CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END,
      CASE WHEN grantor <> owner THEN ' GRANTED BY ' || grantors.name END) AS privilege
  FROM rights
  JOIN roles AS grantees ON grantees.oid = grantee
  JOIN roles AS grantors ON grantors.oid = grantor
  GROUP BY object, owner, grantees.name, grantor, grantors.name, privilege_type, is_grantable, field IS NULL
), objects (kind, name, definition) AS MATERIALIZED (
  SELECT 'schema', name, '' FROM schemas

  UNION ALL SELECT 'owner', object, roles.name FROM owners JOIN roles ON roles.oid = owner

  UNION ALL SELECT 'grant', object || ' to ' || grantee, pg_catalog.string_agg(privilege, E'\n' ORDER BY privilege)
  FROM privileges GROUP BY object, grantee

  UNION ALL SELECT kind, name, pg_catalog.concat_ws(E'\n',
    CASE relpersistence WHEN 'u' THEN 'UNLOGGED' WHEN 't' THEN 'TEMPORARY' END,
    CASE relkind WHEN 'f' THEN 'FOREIGN' WHEN 'm' THEN 'MATERIALIZED' END,
    (SELECT pg_catalog.string_agg('CHILD OF ' || inhparent::regclass || CASE WHEN inhdetachpending THEN ' DETACH PENDING' ELSE '' END,
       E'\n' ORDER BY inhseqno)
     FROM pg_catalog.pg_inherits WHERE inhrelid = relations.oid),
    -- Rows of a child are rows of its parent, wherever it lies.
    (SELECT pg_catalog.string_agg('PARENT OF ' || inhrelid::regclass, E'\n' ORDER BY inhrelid::regclass::text)
     FROM pg_catalog.pg_inherits JOIN pg_catalog.pg_class AS children ON children.oid = inhrelid
     WHERE inhparent = relations.oid AND children.relnamespace NOT IN (SELECT schemas.oid FROM schemas)),
    pg_catalog.pg_get_expr(relpartbound, oid),
    'PARTITION BY ' || pg_catalog.pg_get_partkeydef(oid),
    CASE WHEN relrowsecurity THEN 'ROW LEVEL SECURITY' END,
    CASE WHEN relforcerowsecurity THEN 'FORCE ROW LEVEL SECURITY' END,
    CASE relreplident WHEN 'f' THEN 'REPLICA IDENTITY FULL' WHEN 'i' THEN 'REPLICA IDENTITY USING INDEX' END,
    (SELECT 'WITH (' || pg_catalog.string_agg(option, ', ' ORDER BY option) || ')' FROM pg_catalog.unnest(reloptions) AS option),
    CASE kind WHEN 'view' THEN pg_catalog.pg_get_viewdef(oid) END)
  FROM relations WHERE kind <> 'sequence'

  UNION ALL SELECT 'sequence', name, pg_catalog.concat_ws(E'\n',
    pg_catalog.format('AS %s INCREMENT %s MINVALUE %s MAXVALUE %s START %s CACHE %s', pg_catalog.format_type(seqtypid, NULL), seqincrement,
      seqmin, seqmax, seqstart, seqcache),
    CASE WHEN seqcycle THEN 'CYCLE' END,
    (SELECT pg_catalog.format('OWNED BY %s.%I', attrelid::regclass, attname)
     FROM pg_catalog.pg_depend
     JOIN pg_catalog.pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
     WHERE classid = 'pg_catalog.pg_class'::regclass AND objid = relations.oid
       AND refclassid = 'pg_catalog.pg_class'::regclass AND deptype IN ('a', 'i')))
  FROM relations JOIN pg_catalog.pg_sequence ON seqrelid = oid

  UNION ALL SELECT 'column', pg_catalog.format('%s.%I', name, attname), pg_catalog.concat_ws(' ',
    pg_catalog.format_type(atttypid, atttypmod),
    CASE WHEN attcollation <> typcollation THEN 'COLLATE ' || attcollation::regcollation END,
    CASE WHEN attnotnull THEN 'NOT NULL' END,
    -- On PostgreSQL 18 NOT NULL is a constraint too, with a name that tells no more than the column's.
    (SELECT 'NOT VALID' FROM pg_catalog.pg_constraint
     WHERE conrelid = attrelid AND contype = 'n' AND conkey = ARRAY[attnum] AND NOT convalidated),
    CASE attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY' END,
    CASE attgenerated WHEN '' THEN 'DEFAULT ' WHEN 's' THEN 'GENERATED STORED AS ' ELSE 'GENERATED VIRTUAL AS ' END
      || pg_catalog.pg_get_expr(adbin, adrelid))
  FROM relations
  JOIN pg_catalog.pg_attribute ON attrelid = relations.oid AND attnum > 0 AND NOT attisdropped
  JOIN pg_catalog.pg_type ON pg_type.oid = atttypid
  LEFT JOIN pg_catalog.pg_attrdef ON adrelid = attrelid AND adnum = attnum
  WHERE kind = 'table'

  UNION ALL SELECT 'constraint', pg_catalog.format('%s.%I', name, conname), pg_catalog.concat_ws(E'\n',
    pg_catalog.pg_get_constraintdef(constraints.oid),
    -- A foreign key rests on triggers of PostgreSQL's own, whose names are numbers.
    (SELECT pg_catalog.string_agg(pg_catalog.format('ITS TRIGGER %s IS "%s"', tgfoid::regproc, tgenabled), E'\n' ORDER BY tgfoid::regproc::text)
     FROM pg_catalog.pg_trigger WHERE tgconstraint = constraints.oid AND tgisinternal AND tgenabled <> 'O'))
  FROM relations JOIN pg_catalog.pg_constraint AS constraints ON conrelid = relations.oid
  WHERE contype NOT IN ('n', 't')

  UNION ALL SELECT 'index', pg_catalog.format('%s.%I', name, indexes.relname), pg_catalog.concat_ws(E'\n',
    pg_catalog.pg_get_indexdef(indexrelid),
    CASE WHEN NOT indisvalid THEN 'INVALID' END,
    CASE WHEN NOT indisready THEN 'NOT READY' END,
    CASE WHEN indisreplident THEN 'REPLICA IDENTITY' END,
    (SELECT 'PARTITION OF ' || inhparent::regclass FROM pg_catalog.pg_inherits WHERE inhrelid = indexrelid))
  FROM relations JOIN pg_catalog.pg_index ON indrelid = relations.oid
  JOIN pg_catalog.pg_class AS indexes ON indexes.oid = indexrelid

  -- Planning a query of the table computes their expressions, with the rights of whoever asks.
  UNION ALL SELECT 'statistics', pg_catalog.format('%s.%I', name, stxname), pg_catalog.pg_get_statisticsobjdef(told.oid)
  FROM relations JOIN pg_catalog.pg_statistic_ext AS told ON stxrelid = relations.oid

  UNION ALL SELECT 'trigger', pg_catalog.format('%s.%I', name, tgname), pg_catalog.concat_ws(E'\n',
    pg_catalog.pg_get_triggerdef(triggers.oid),
    CASE tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'D' THEN 'DISABLED' END,
    CASE WHEN tgparentid <> 0 THEN 'INHERITED' END)
  FROM relations JOIN pg_catalog.pg_trigger AS triggers ON tgrelid = relations.oid
  WHERE NOT tgisinternal

  UNION ALL SELECT 'rule', pg_catalog.format('%s.%I', name, rulename), pg_catalog.concat_ws(E'\n', pg_catalog.pg_get_ruledef(rules.oid),
    CASE ev_enabled WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'D' THEN 'DISABLED' END)
  FROM relations JOIN pg_catalog.pg_rewrite AS rules ON ev_class = relations.oid
  WHERE rulename <> '_RETURN'

  UNION ALL SELECT 'policy', pg_catalog.format('%s.%I', relations.name, polname), pg_catalog.concat_ws(E'\n',
    CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
    'FOR ' || CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
      ELSE 'ALL' END,
    (SELECT 'TO ' || pg_catalog.string_agg(roles.name, ', ' ORDER BY roles.name) FROM roles WHERE roles.oid = ANY (polroles)),
    'USING (' || pg_catalog.pg_get_expr(polqual, polrelid) || ')',
    'WITH CHECK (' || pg_catalog.pg_get_expr(polwithcheck, polrelid) || ')')
  FROM relations JOIN pg_catalog.pg_policy ON polrelid = relations.oid

  UNION ALL SELECT 'function', name,
    CASE prokind WHEN 'a' THEN (SELECT 'AGGREGATE BY ' || aggtransfn::regprocedure FROM pg_catalog.pg_aggregate
      WHERE aggfnoid = oid) ELSE pg_catalog.pg_get_functiondef(oid) END
  FROM functions

  UNION ALL SELECT 'type', name, pg_catalog.concat_ws(E'\n',
    CASE typtype WHEN 'd' THEN pg_catalog.concat_ws(' ', 'DOMAIN', pg_catalog.format_type(typbasetype, typtypmod),
      CASE WHEN typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || typdefault) ELSE pg_catalog.format('"%s"', typtype) END,
    (SELECT pg_catalog.string_agg(enumlabel, E'\n' ORDER BY enumsortorder) FROM pg_catalog.pg_enum WHERE enumtypid = types.oid),
    (SELECT pg_catalog.string_agg(pg_catalog.pg_get_constraintdef(pg_constraint.oid), E'\n' ORDER BY conname)
     FROM pg_catalog.pg_constraint WHERE contypid = types.oid),
    (SELECT pg_catalog.string_agg(pg_catalog.format('%I %s', attname, pg_catalog.format_type(atttypid, atttypmod)), E'\n' ORDER BY attnum)
     FROM pg_catalog.pg_attribute WHERE attrelid = typrelid AND attnum > 0 AND NOT attisdropped))
  FROM types
), restored AS MATERIALIZED (
  SELECT pg_catalog.set_config('search_path', path, true) FROM settled, (SELECT pg_catalog.count(*) FROM objects) AS all_of_them
)
SELECT kind, name, definition FROM restored CROSS JOIN objects ORDER BY kind, name
$$;
REVOKE ALL ON FUNCTION trust.schema_catalogue() FROM PUBLIC;
