-- from: functions/schema_catalogue.sql
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

-- from: functions/catalogue_snapshot.sql
-- Purpose: the catalogue as one value, definitions by "kind name", to see what a piece of work changes in it.
CREATE OR REPLACE FUNCTION trust.catalogue_snapshot() RETURNS jsonb
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
  SELECT pg_catalog.jsonb_object_agg(kind || ' ' || name, definition) FROM trust.schema_catalogue()
$$;
REVOKE ALL ON FUNCTION trust.catalogue_snapshot() FROM PUBLIC;

-- from: functions/record_lock_event.sql
-- Purpose: a step of the lock or of an override leaves an event, in its own transaction; the actor is the login.
CREATE OR REPLACE FUNCTION trust.record_lock_event(action text, entity_type text, entity_id text, metadata jsonb)
  RETURNS void
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO public.audit_logs (actor_type, actor_id, action, outcome, entity_type, entity_id, metadata)
  VALUES ('SYSTEM', session_user, action, 'SUCCESS', entity_type, entity_id, metadata)
$$;
REVOKE ALL ON FUNCTION trust.record_lock_event(text, text, text, jsonb) FROM PUBLIC;

-- from: functions/refuse_direct_change.sql
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

-- from: tables/schema_lock.sql
-- Purpose: whether the schema is locked: one row while it is, with what a release needs to take it back. Everybody may
-- read it: what a locked schema should be depends on who owned it before.
CREATE TABLE trust.schema_lock (
  engaged boolean NOT NULL DEFAULT true CONSTRAINT schema_lock_pkey PRIMARY KEY,
  engaged_by varchar(63) NOT NULL,
  engaged_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  previous_owner regrole NOT NULL,
  previous_database_owner regrole,
  CONSTRAINT schema_lock_engaged_ck CHECK (engaged)
);
REVOKE ALL ON TABLE trust.schema_lock FROM PUBLIC;
GRANT SELECT ON TABLE trust.schema_lock TO PUBLIC;

-- from: tables/schema_lock_baseline.sql
-- Purpose: what the schema was when it was locked, or after the last override; the rows of trust.schema_catalogue().
CREATE TABLE trust.schema_lock_baseline (
  kind text NOT NULL,
  name text NOT NULL,
  definition text NOT NULL,
  CONSTRAINT schema_lock_baseline_pkey PRIMARY KEY (kind, name)
);
REVOKE ALL ON TABLE trust.schema_lock_baseline FROM PUBLIC;

-- from: tables/schema_lock_passes.sql
-- Purpose: the transaction that the event triggers let through. A row lives inside one call of a function and is
-- never committed, so nobody but its own transaction ever sees it.
CREATE TABLE trust.schema_lock_passes (
  tx_id xid8 NOT NULL CONSTRAINT schema_lock_passes_pkey PRIMARY KEY
);
REVOKE ALL ON TABLE trust.schema_lock_passes FROM PUBLIC;

-- from: tables/schema_lock_overrides.sql
-- Purpose: permission to run one text, once, while the schema is locked: asked for by one person, given by another.
CREATE TABLE public.schema_lock_overrides (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT schema_lock_overrides_pkey PRIMARY KEY,
  migration varchar(255) NOT NULL,
  sql_sha256 varchar(64) NOT NULL,
  reason varchar(1000) NOT NULL,
  requested_by varchar(63) NOT NULL,
  approved_by varchar(63),
  approved_at timestamptz,
  expires_at timestamptz,
  used_at timestamptz,
  used_tx xid8,
  revoked_by varchar(63),
  revoked_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT schema_lock_overrides_migration_ck CHECK (migration ~ '^([0-9]+_\w+\.py|release)$'),
  CONSTRAINT schema_lock_overrides_sql_sha256_ck CHECK (sql_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT schema_lock_overrides_reason_ck CHECK (reason !~ '^\s*$'),
  CONSTRAINT schema_lock_overrides_four_eyes_ck CHECK (approved_by <> requested_by),
  CONSTRAINT schema_lock_overrides_approval_ck CHECK (num_nulls(approved_by, approved_at, expires_at) IN (0, 3)),
  CONSTRAINT schema_lock_overrides_expires_at_ck
    CHECK (expires_at > approved_at AND expires_at <= approved_at + interval '24 hours'),
  CONSTRAINT schema_lock_overrides_use_ck
    CHECK (num_nulls(used_at, used_tx) IN (0, 2) AND (used_at IS NULL OR approved_at IS NOT NULL)),
  CONSTRAINT schema_lock_overrides_revocation_ck
    CHECK (num_nulls(revoked_by, revoked_at) IN (0, 2) AND (revoked_at IS NULL OR used_at IS NULL))
);
CREATE INDEX schema_lock_overrides_sql_sha256_idx ON public.schema_lock_overrides (sql_sha256);
CREATE INDEX schema_lock_overrides_used_tx_idx ON public.schema_lock_overrides (used_tx);

-- from: functions/check_lock_approver.sql
-- Purpose: four eyes. Whoever approves is somebody else than who asked, approves by a login that is meant for it, and
-- could not migrate or make himself a migrator: with one login that can do both, the second person is a formality.
CREATE OR REPLACE FUNCTION trust.check_lock_approver(requester text) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  refusal text;
BEGIN
  SELECT CASE
      WHEN session_user = requester THEN 'Who asked for an override does not approve it.'
      WHEN rolsuper THEN 'A superuser does not approve overrides.'
      WHEN NOT pg_catalog.pg_has_role(session_user, 'trust_approver', 'MEMBER') THEN 'This login is no approver.'
      WHEN pg_catalog.pg_has_role(session_user, 'trust_owner', 'MEMBER') OR EXISTS (
          SELECT FROM trust.schema_lock WHERE pg_catalog.pg_has_role(session_user, previous_owner, 'MEMBER'))
        THEN 'Who may migrate does not approve overrides.'
      WHEN EXISTS (SELECT FROM pg_catalog.pg_roles AS others
          WHERE (others.rolsuper OR others.rolcreaterole) AND pg_catalog.pg_has_role(session_user, others.oid, 'MEMBER'))
        THEN 'Who may give himself the right to migrate does not approve overrides.'
    END INTO refusal
  FROM pg_catalog.pg_roles AS logins WHERE logins.rolname = session_user;
  IF refusal IS NOT NULL THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = refusal,
      HINT = 'Let somebody else approve, with a login that is a member of trust_approver alone.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_approver';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION trust.check_lock_approver(text) FROM PUBLIC;

-- from: functions/lock_override_step.sql
-- Purpose: which step of an override's life a change is: approve, use or revoke; NULL if it is none of them.
-- Only the columns of that step may differ.
CREATE OR REPLACE FUNCTION trust.lock_override_step(was public.schema_lock_overrides, is_now public.schema_lock_overrides)
  RETURNS text
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  step text := CASE
    WHEN was.used_at IS NOT NULL OR was.revoked_at IS NOT NULL THEN NULL
    WHEN is_now.revoked_at IS NOT NULL THEN 'revoke'
    WHEN was.approved_at IS NULL AND is_now.approved_at IS NOT NULL THEN 'approve'
    WHEN was.expires_at > pg_catalog.clock_timestamp() AND is_now.used_at IS NOT NULL THEN 'use'
  END;
  own text[] := CASE step
    WHEN 'approve' THEN ARRAY['approved_by', 'approved_at', 'expires_at']
    WHEN 'use' THEN ARRAY['used_at', 'used_tx']
    WHEN 'revoke' THEN ARRAY['revoked_by', 'revoked_at']
  END || ARRAY['updated_at'];
BEGIN
  RETURN CASE WHEN pg_catalog.to_jsonb(was) - own = pg_catalog.to_jsonb(is_now) - own THEN step END;
END
$$;
REVOKE ALL ON FUNCTION trust.lock_override_step(public.schema_lock_overrides, public.schema_lock_overrides) FROM PUBLIC;

-- from: functions/check_lock_override.sql
-- Purpose: the life of an override, for everybody: it is asked for, then approved or revoked, then used or revoked,
-- and nothing else about it changes. Who does each step is the login, whatever a writer states.
-- SECURITY DEFINER: whether somebody may migrate is looked up with the owner's rights.
CREATE OR REPLACE FUNCTION trust.check_lock_override() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  step text;
BEGIN
  IF TG_OP = 'INSERT' AND pg_catalog.num_nonnulls(NEW.approved_at, NEW.used_at, NEW.revoked_at) = 0 THEN
    NEW.requested_by := session_user;
    NEW.created_at := pg_catalog.clock_timestamp();
    NEW.updated_at := NEW.created_at;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    step := trust.lock_override_step(OLD, NEW);
  END IF;
  IF step = 'approve' THEN
    PERFORM trust.check_lock_approver(NEW.requested_by);
    NEW.approved_by := session_user;
    NEW.approved_at := pg_catalog.clock_timestamp();
  ELSIF step = 'use' THEN
    NEW.used_at := pg_catalog.clock_timestamp();
    NEW.used_tx := pg_catalog.pg_current_xact_id();
  ELSIF step = 'revoke' THEN
    NEW.revoked_by := session_user;
    NEW.revoked_at := pg_catalog.clock_timestamp();
  ELSE
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = pg_catalog.format('%s is refused: an override is approved, used or revoked, in this order and once.', TG_OP),
      HINT = 'Ask for another override: `trust-models lock request`.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_state';
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.check_lock_override() FROM PUBLIC;

-- from: functions/check_bookkeeping.sql
-- Purpose: while the schema is locked, Aerich writes down only what an override has just let it do: in the same
-- transaction, and under the name of that migration. Otherwise a migration could be marked as applied or as gone
-- without having been run.
-- SECURITY DEFINER: the overrides are looked up with the owner's rights.
CREATE OR REPLACE FUNCTION trust.check_bookkeeping() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM trust.schema_lock) AND NOT EXISTS (
    SELECT FROM public.schema_lock_overrides AS overrides
    WHERE overrides.used_tx = pg_catalog.pg_current_xact_id()
      AND overrides.migration = CASE TG_OP WHEN 'INSERT' THEN NEW.version WHEN 'DELETE' THEN OLD.version END
  ) THEN
    PERFORM trust.record_refusal('42T01', TG_TABLE_NAME, TG_OP);
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('%s is refused: the schema is locked, and no override was used for it.', TG_OP),
      HINT = 'Ask for an override: `trust-models lock request`.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_bookkeeping';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END
$$;
REVOKE ALL ON FUNCTION trust.check_bookkeeping() FROM PUBLIC;

-- from: triggers/schema_lock.sql
CREATE OR REPLACE TRIGGER t10_direct BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON trust.schema_lock
  FOR EACH STATEMENT EXECUTE FUNCTION trust.refuse_direct_change();
ALTER TABLE trust.schema_lock ENABLE ALWAYS TRIGGER t10_direct;

-- from: triggers/schema_lock_baseline.sql
CREATE OR REPLACE TRIGGER t10_direct BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON trust.schema_lock_baseline
  FOR EACH STATEMENT EXECUTE FUNCTION trust.refuse_direct_change();
ALTER TABLE trust.schema_lock_baseline ENABLE ALWAYS TRIGGER t10_direct;

-- from: triggers/schema_lock_passes.sql
CREATE OR REPLACE TRIGGER t10_direct BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON trust.schema_lock_passes
  FOR EACH STATEMENT EXECUTE FUNCTION trust.refuse_direct_change();
ALTER TABLE trust.schema_lock_passes ENABLE ALWAYS TRIGGER t10_direct;

-- from: triggers/schema_lock_overrides.sql
CREATE OR REPLACE TRIGGER t10_state BEFORE INSERT OR UPDATE ON public.schema_lock_overrides
  FOR EACH ROW EXECUTE FUNCTION trust.check_lock_override();
CREATE OR REPLACE TRIGGER t10_state_removal BEFORE DELETE OR TRUNCATE ON public.schema_lock_overrides
  FOR EACH STATEMENT EXECUTE FUNCTION trust.check_lock_override();
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.schema_lock_overrides
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.schema_lock_overrides ENABLE ALWAYS TRIGGER t10_state, ENABLE ALWAYS TRIGGER t10_state_removal,
  ENABLE ALWAYS TRIGGER t80_touch;

-- from: triggers/aerich.sql
CREATE OR REPLACE TRIGGER t10_lock BEFORE INSERT OR UPDATE OR DELETE ON public.aerich
  FOR EACH ROW EXECUTE FUNCTION trust.check_bookkeeping();
CREATE OR REPLACE TRIGGER t10_lock_truncate BEFORE TRUNCATE ON public.aerich
  FOR EACH STATEMENT EXECUTE FUNCTION trust.check_bookkeeping();
ALTER TABLE public.aerich ENABLE ALWAYS TRIGGER t10_lock, ENABLE ALWAYS TRIGGER t10_lock_truncate;

-- from: functions/open_lock_pass.sql
-- Purpose: lets this transaction through the lock, until trust.close_lock_pass, and returns the schema as it is before.
-- NULL if there is nothing to open: the schema is not locked, or whoever called has opened it.
-- One at a time, so that the difference between before and after is this transaction's own work.
CREATE OR REPLACE FUNCTION trust.open_lock_pass() RETURNS jsonb
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM trust.schema_lock) THEN
    RETURN NULL;
  END IF;
  LOCK TABLE trust.schema_lock_passes IN EXCLUSIVE MODE;
  INSERT INTO trust.schema_lock_passes (tx_id) VALUES (pg_catalog.pg_current_xact_id()) ON CONFLICT DO NOTHING;
  RETURN CASE WHEN FOUND THEN trust.catalogue_snapshot() END;
END
$$;
REVOKE ALL ON FUNCTION trust.open_lock_pass() FROM PUBLIC;

-- from: functions/close_lock_pass.sql
-- Purpose: ends what trust.open_lock_pass began, and puts what has changed since into the baseline.
-- Only what has changed: where the schema was not as its baseline says before, it is not afterwards either, and a
-- piece of work that lays hands on such an object is refused unless it mends it. New objects belong to the guard.
-- With `names`, a regular expression, the work may only have made new objects with such names.
CREATE OR REPLACE FUNCTION trust.close_lock_pass(before jsonb, names text DEFAULT NULL) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  changes jsonb;
  refusal text;
BEGIN
  IF before IS NULL THEN
    RETURN;
  END IF;
  SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('kind', pg_catalog.split_part(key, ' ', 1),
      'name', pg_catalog.substr(key, pg_catalog.strpos(key, ' ') + 1), 'was', was.value, 'is_now', is_now.value)), '[]') INTO changes
  FROM pg_catalog.jsonb_each_text(before) AS was FULL JOIN pg_catalog.jsonb_each_text(trust.catalogue_snapshot()) AS is_now USING (key)
  WHERE was.value IS DISTINCT FROM is_now.value;

  SELECT pg_catalog.string_agg(pg_catalog.format('%s %s %s', problem, change.kind, change.name), ', ') INTO refusal
  FROM pg_catalog.jsonb_to_recordset(changes) AS change (kind text, name text, was text, is_now text)
  LEFT JOIN trust.schema_lock_baseline AS baseline USING (kind, name),
  LATERAL (SELECT CASE
    WHEN names IS NOT NULL AND (change.was IS NOT NULL OR change.name !~ names) THEN 'not of this work:'
    WHEN change.kind = 'owner' AND change.is_now <> '<owner>' THEN 'in other hands:'
    WHEN change.was IS DISTINCT FROM baseline.definition AND change.is_now IS DISTINCT FROM baseline.definition
      THEN 'not as it was locked before:'
  END AS problem) AS judged
  WHERE problem IS NOT NULL;
  IF refusal IS NOT NULL THEN
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'EXECUTE', pg_catalog.jsonb_build_object('changes', refusal));
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('This work goes beyond what the lock allows: %s.', refusal),
      HINT = 'See `trust-models lock status`; release the lock to mend what is not as it was locked.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_changes';
  END IF;

  DELETE FROM trust.schema_lock_baseline AS baseline
  USING pg_catalog.jsonb_to_recordset(changes) AS change (kind text, name text)
  WHERE baseline.kind = change.kind AND baseline.name = change.name;
  INSERT INTO trust.schema_lock_baseline (kind, name, definition)
  SELECT kind, name, is_now FROM pg_catalog.jsonb_to_recordset(changes) AS change (kind text, name text, is_now text)
  WHERE is_now IS NOT NULL;
  DELETE FROM trust.schema_lock_passes;
END
$$;
REVOKE ALL ON FUNCTION trust.close_lock_pass(jsonb, text) FROM PUBLIC;

-- from: functions/open_override.sql
-- Purpose: finds an override that is to be approved or revoked, and keeps others from it until the end.
CREATE OR REPLACE FUNCTION trust.open_override(override uuid) RETURNS public.schema_lock_overrides
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  found_one public.schema_lock_overrides;
BEGIN
  SELECT * INTO found_one FROM public.schema_lock_overrides AS overrides
  WHERE overrides.id = override AND overrides.used_at IS NULL AND overrides.revoked_at IS NULL
  FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'There is no open override of this id.',
      HINT = 'See `trust-models lock status`.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_open';
  END IF;
  RETURN found_one;
END
$$;
REVOKE ALL ON FUNCTION trust.open_override(uuid) FROM PUBLIC;

-- from: functions/request_override.sql
-- Purpose: asks for permission to run one text once, for whoever migrates.
CREATE OR REPLACE FUNCTION trust.request_override(migration text, sql_sha256 text, reason text) RETURNS uuid
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  made uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM trust.schema_lock) THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'The schema is not locked.',
      HINT = 'No override is needed: run `trust-models upgrade`.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_engaged';
  END IF;
  INSERT INTO public.schema_lock_overrides (migration, sql_sha256, reason, requested_by)
  VALUES (request_override.migration, request_override.sql_sha256, request_override.reason, session_user)
  RETURNING id INTO made;
  PERFORM trust.record_lock_event('schema_lock_override.request', 'schema_lock_override', made::text,
    pg_catalog.jsonb_build_object('migration', migration, 'sql_sha256', sql_sha256, 'reason', reason));
  RETURN made;
END
$$;
REVOKE ALL ON FUNCTION trust.request_override(text, text, text) FROM PUBLIC;

-- from: functions/approve_override.sql
-- Purpose: gives the permission, for the text that the approver has read: he states its hash. The trigger of the
-- table says who may.
CREATE OR REPLACE FUNCTION trust.approve_override(override uuid, sql_sha256 text, valid_for interval DEFAULT '1 hour')
  RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  asked public.schema_lock_overrides := trust.open_override(override);
BEGIN
  IF asked.sql_sha256 IS DISTINCT FROM sql_sha256 THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'The override is for another text than the one that was read.',
      HINT = 'Compare the SHA-256 of both.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_sql_sha256';
  END IF;
  IF valid_for IS NULL OR valid_for <= interval '0' OR valid_for > interval '24 hours' THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'An override is good for at most 24 hours.',
      HINT = 'State a shorter time.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_expires_at';
  END IF;
  UPDATE public.schema_lock_overrides AS overrides
  SET approved_by = session_user, approved_at = pg_catalog.clock_timestamp(), expires_at = pg_catalog.clock_timestamp() + valid_for
  WHERE overrides.id = asked.id;
  PERFORM trust.record_lock_event('schema_lock_override.approve', 'schema_lock_override', asked.id::text,
    pg_catalog.jsonb_build_object('migration', asked.migration, 'sql_sha256', asked.sql_sha256, 'reason', asked.reason,
      'requested_by', asked.requested_by, 'valid_for', valid_for));
END
$$;
REVOKE ALL ON FUNCTION trust.approve_override(uuid, text, interval) FROM PUBLIC;

-- from: functions/revoke_override.sql
-- Purpose: takes a permission or a request back before it is used: who asked may, and every approver.
CREATE OR REPLACE FUNCTION trust.revoke_override(override uuid) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  asked public.schema_lock_overrides := trust.open_override(override);
BEGIN
  IF session_user <> asked.requested_by AND NOT pg_catalog.pg_has_role(session_user, 'trust_approver', 'MEMBER') THEN
    RAISE EXCEPTION USING
      ERRCODE = '23T03',
      MESSAGE = 'Only who asked for an override and approvers may revoke it.',
      HINT = 'Ask one of them.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_revoker';
  END IF;
  UPDATE public.schema_lock_overrides AS overrides
  SET revoked_by = session_user, revoked_at = pg_catalog.clock_timestamp()
  WHERE overrides.id = asked.id;
  PERFORM trust.record_lock_event('schema_lock_override.revoke', 'schema_lock_override', asked.id::text,
    pg_catalog.jsonb_build_object('migration', asked.migration, 'sql_sha256', asked.sql_sha256));
END
$$;
REVOKE ALL ON FUNCTION trust.revoke_override(uuid) FROM PUBLIC;

-- from: functions/use_override.sql
-- Purpose: uses up the permission for exactly this text, and returns it. Of two at once, one waits and finds it used.
CREATE OR REPLACE FUNCTION trust.use_override(sql text) RETURNS public.schema_lock_overrides
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  hash text := pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(sql, 'UTF8')), 'hex');
  used public.schema_lock_overrides;
  last_state text;
BEGIN
  SELECT * INTO used FROM public.schema_lock_overrides AS overrides
  WHERE overrides.sql_sha256 = hash AND overrides.expires_at > pg_catalog.clock_timestamp()
    AND overrides.used_at IS NULL AND overrides.revoked_at IS NULL
  ORDER BY overrides.expires_at LIMIT 1 FOR UPDATE;
  IF NOT FOUND THEN
    SELECT CASE
        WHEN overrides.revoked_at IS NOT NULL THEN 'the last one was revoked'
        WHEN overrides.used_at IS NOT NULL THEN 'the last one was used'
        WHEN overrides.approved_at IS NULL THEN 'the last one waits for its approval'
        ELSE 'the last one has expired'
      END INTO last_state
    FROM public.schema_lock_overrides AS overrides
    WHERE overrides.sql_sha256 = hash ORDER BY overrides.created_at DESC LIMIT 1;
    PERFORM trust.record_refusal('42T01', 'schema_lock_overrides', 'EXECUTE', pg_catalog.jsonb_build_object('sql_sha256', hash));
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('The schema is locked, and no override allows this text (SHA-256 %s): %s.',
        coalesce(hash, 'of nothing'), coalesce(last_state, 'nobody has asked for one')),
      HINT = 'Ask for an override: `trust-models lock request`.',
      SCHEMA = 'public', TABLE = 'schema_lock_overrides', CONSTRAINT = 'schema_lock_overrides_required';
  END IF;
  UPDATE public.schema_lock_overrides AS overrides
  SET used_at = pg_catalog.clock_timestamp(), used_tx = pg_catalog.pg_current_xact_id()
  WHERE overrides.id = used.id;
  PERFORM trust.record_lock_event('schema_lock_override.use', 'schema_lock_override', used.id::text,
    pg_catalog.jsonb_build_object('migration', used.migration, 'sql_sha256', used.sql_sha256, 'reason', used.reason,
      'requested_by', used.requested_by, 'approved_by', used.approved_by));
  RETURN used;
END
$$;
REVOKE ALL ON FUNCTION trust.use_override(text) FROM PUBLIC;

-- from: functions/evidence_state.sql
-- Purpose: what an override must leave as it is, by table: where its rows lie, its columns, its parents, how often this
-- session has written to it, and whether the guard is whole. Tables with the guard and what hangs below them, and
-- those whose rows only functions write: the lock's own and the ledger's state.
CREATE OR REPLACE FUNCTION trust.evidence_state() RETURNS jsonb
  LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $$
  WITH guards AS (
    SELECT tgrelid, pg_catalog.count(DISTINCT tgtype) FILTER (
      -- BEFORE UPDATE OR DELETE for each row and for the statement, BEFORE TRUNCATE; its own, always, unconditional
      WHERE tgtype IN (27, 26, 34) AND tgenabled = 'A' AND tgparentid = 0 AND tgqual IS NULL AND tgattr = '') = 3 AS whole
    FROM pg_catalog.pg_trigger WHERE tgfoid = 'trust.refuse_mutation'::regproc GROUP BY tgrelid
  ), evidence (oid, is_lock) AS (
    SELECT tgrelid, false FROM guards
    UNION SELECT inhrelid, false FROM guards JOIN pg_catalog.pg_inherits ON inhparent = tgrelid
    UNION SELECT pg_catalog.to_regclass(name), true
    FROM pg_catalog.unnest(ARRAY['trust.schema_lock', 'trust.schema_lock_baseline', 'trust.schema_lock_passes',
      'public.schema_lock_overrides', 'trust.audit_ledger']) AS name
    WHERE pg_catalog.to_regclass(name) IS NOT NULL
  )
  SELECT pg_catalog.jsonb_object_agg(evidence.oid::text, pg_catalog.jsonb_build_object(
    'name', evidence.oid::regclass::text,
    'guarded', is_lock OR coalesce(whole, false),
    'file', pg_catalog.pg_relation_filenode(evidence.oid),
    'empty', relkind = 'p' OR pg_catalog.pg_relation_size(evidence.oid) = 0,
    'columns', (SELECT pg_catalog.jsonb_agg(attnum) FROM pg_catalog.pg_attribute
                WHERE attrelid = evidence.oid AND attnum > 0 AND NOT attisdropped),
    'parents', (SELECT coalesce(pg_catalog.jsonb_agg(inhparent::text ORDER BY inhseqno), '[]') FROM pg_catalog.pg_inherits
                WHERE inhrelid = evidence.oid AND NOT inhdetachpending),
    'writes', pg_catalog.pg_stat_get_xact_tuples_updated(evidence.oid) + pg_catalog.pg_stat_get_xact_tuples_deleted(evidence.oid)
      -- Events are written by whatever is recorded, a migration's own changes among it.
      + CASE WHEN relname ~ '^audit_segment_' THEN 0 ELSE pg_catalog.pg_stat_get_xact_tuples_inserted(evidence.oid) END))
  FROM evidence JOIN pg_catalog.pg_class USING (oid) LEFT JOIN guards ON tgrelid = evidence.oid
$$;
REVOKE ALL ON FUNCTION trust.evidence_state() FROM PUBLIC;

-- from: functions/check_evidence.sql
-- Purpose: an override changes the schema, never the evidence: every guarded table is still there, in the same file,
-- with all its columns, in its place, unwritten and guarded; what has come to hang below one is guarded and empty.
CREATE OR REPLACE FUNCTION trust.check_evidence(before jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  refusal text;
BEGIN
  SELECT pg_catalog.string_agg(coalesce(was.value, is_now.value) ->> 'name' || ' ' || problem, ', ') INTO refusal
  FROM pg_catalog.jsonb_each(before) AS was FULL JOIN pg_catalog.jsonb_each(trust.evidence_state()) AS is_now USING (key),
  LATERAL (SELECT CASE
    WHEN is_now.value IS NULL THEN 'is gone or without its guard'
    WHEN NOT (is_now.value -> 'guarded')::boolean THEN 'is without its whole guard'
    WHEN was.value IS NULL THEN
      CASE WHEN is_now.value -> 'parents' <> '[]' AND NOT (is_now.value -> 'empty')::boolean THEN 'brings rows along' END
    WHEN was.value -> 'file' <> is_now.value -> 'file' THEN 'was rewritten'
    WHEN NOT was.value -> 'columns' <@ (is_now.value -> 'columns') THEN 'has lost a column'
    WHEN was.value -> 'parents' <> is_now.value -> 'parents' THEN 'was attached or detached'
    WHEN was.value -> 'writes' <> is_now.value -> 'writes' THEN 'was written to'
  END AS problem) AS judged
  WHERE problem IS NOT NULL;
  IF refusal IS NOT NULL THEN
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'EXECUTE', pg_catalog.jsonb_build_object('evidence', refusal));
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('An override changes the schema, never the evidence: %s.', refusal),
      HINT = 'Take this out of the migration, and ask for an override of the new text.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_evidence';
  END IF;
END
$$;
REVOKE ALL ON FUNCTION trust.check_evidence(jsonb) FROM PUBLIC;

-- from: functions/check_guard.sql
-- Purpose: the guard still refuses: an UPDATE of no row is tried on every table that has it.
CREATE OR REPLACE FUNCTION trust.check_guard() RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  guarded record;
BEGIN
  FOR guarded IN
    SELECT DISTINCT tgrelid::regclass AS name, (SELECT attname FROM pg_catalog.pg_attribute
      WHERE attrelid = tgrelid AND attnum > 0 AND NOT attisdropped AND attgenerated = '' LIMIT 1) AS field
    FROM pg_catalog.pg_trigger WHERE tgfoid = 'trust.refuse_mutation'::regproc
  LOOP
    BEGIN
      EXECUTE pg_catalog.format('UPDATE %s SET %I = %2$I WHERE false', guarded.name, guarded.field);
    EXCEPTION WHEN SQLSTATE '23T01' THEN
      CONTINUE;
    END;
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'EXECUTE', pg_catalog.jsonb_build_object('guard', guarded.name));
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = pg_catalog.format('The guard of %s would refuse no more.', guarded.name),
      HINT = 'Mend trust.refuse_mutation() in the migration, and ask for an override of the new text.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_guard';
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION trust.check_guard() FROM PUBLIC;

-- from: functions/run_migration.sql
-- Purpose: runs one text that an override allows, as the owner of the locked objects, and asserts that it has changed
-- the schema and nothing else. The text gets no more than the owner's rights: PostgreSQL lets nobody leave the role
-- of a SECURITY DEFINER function, and its counters of writes cannot be switched off by the owner. The settings are those
-- by which a text could mean something else than what was approved.
CREATE OR REPLACE FUNCTION trust.run_migration(sql text) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  SET standard_conforming_strings = on SET check_function_bodies = on SET default_tablespace = ''
AS $$
DECLARE
  before jsonb := trust.open_lock_pass();
  evidence jsonb;
  guard text;
BEGIN
  IF before IS NULL OR NOT pg_catalog.current_setting('track_counts')::boolean THEN
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'EXECUTE');
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = 'An override is used while the schema is locked, on its own, and with the setting track_counts on.',
      HINT = 'See `trust-models lock status`.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_run';
  END IF;
  IF (trust.use_override(sql)).migration = 'release' THEN
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'EXECUTE');
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = 'A release is no migration.',
      HINT = 'Run `trust-models lock release` as an administrator.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_run';
  END IF;
  evidence := trust.evidence_state();
  guard := pg_catalog.pg_get_functiondef('trust.refuse_mutation()'::regprocedure);

  PERFORM pg_catalog.set_config('search_path', 'public, pg_temp', true);
  EXECUTE sql;
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

  PERFORM trust.check_evidence(evidence);
  IF guard <> pg_catalog.pg_get_functiondef('trust.refuse_mutation()'::regprocedure) THEN
    PERFORM trust.check_guard();
  END IF;
  PERFORM trust.close_lock_pass(before);
END
$$;
REVOKE ALL ON FUNCTION trust.run_migration(text) FROM PUBLIC;

-- from: functions/engage_schema_lock.sql
-- Purpose: the last step of engaging the lock, once everything belongs to the guard: who, when, the baseline. Overrides
-- that are still open are revoked, because nothing has kept the previous owner from writing them himself.
-- SECURITY DEFINER, though the guard calls it for itself: in there nobody can become the administrator again, whatever
-- function of the previous owner's might have come in at the last moment.
CREATE OR REPLACE FUNCTION trust.engage_schema_lock(previous_owner regrole, previous_database_owner regrole) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  revoked public.schema_lock_overrides;
BEGIN
  INSERT INTO trust.schema_lock (engaged_by, previous_owner, previous_database_owner)
  VALUES (session_user, engage_schema_lock.previous_owner, engage_schema_lock.previous_database_owner);
  DELETE FROM trust.schema_lock_passes;
  DELETE FROM trust.schema_lock_baseline;
  INSERT INTO trust.schema_lock_baseline (kind, name, definition)
  SELECT kind, name, definition FROM trust.schema_catalogue();
  FOR revoked IN
    UPDATE public.schema_lock_overrides AS overrides SET revoked_by = session_user, revoked_at = pg_catalog.clock_timestamp()
    WHERE overrides.used_at IS NULL AND overrides.revoked_at IS NULL RETURNING *
  LOOP
    PERFORM trust.record_lock_event('schema_lock_override.revoke', 'schema_lock_override', revoked.id::text,
      pg_catalog.jsonb_build_object('migration', revoked.migration, 'sql_sha256', revoked.sql_sha256));
  END LOOP;
  PERFORM trust.record_lock_event('schema_lock.engage', 'schema_lock', pg_catalog.current_database()::text,
    pg_catalog.jsonb_build_object('previous_owner', previous_owner, 'previous_database_owner', previous_database_owner));
END
$$;
REVOKE ALL ON FUNCTION trust.engage_schema_lock(regrole, regrole) FROM PUBLIC;

-- from: functions/release_schema_lock.sql
-- Purpose: the first step of releasing the lock: uses the override for the text of a release, and returns to whom
-- everything goes back. An administrator moves it, in the same transaction.
CREATE OR REPLACE FUNCTION trust.release_schema_lock(sql text) RETURNS trust.schema_lock
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  used public.schema_lock_overrides := trust.use_override(sql);
  released trust.schema_lock;
BEGIN
  DELETE FROM trust.schema_lock RETURNING * INTO released;
  IF NOT FOUND OR used.migration <> 'release' THEN
    PERFORM trust.record_refusal('42T01', 'schema_lock', 'RELEASE');
    RAISE EXCEPTION USING
      ERRCODE = '42T01',
      MESSAGE = 'This is no release: the schema is not locked, or the override is for a migration.',
      HINT = 'Ask for one: `trust-models lock request --release`.',
      SCHEMA = 'trust', TABLE = 'schema_lock', CONSTRAINT = 'schema_lock_release';
  END IF;
  DELETE FROM trust.schema_lock_baseline;
  PERFORM trust.record_lock_event('schema_lock.release', 'schema_lock', pg_catalog.current_database()::text,
    pg_catalog.jsonb_build_object('override', used.id, 'reason', used.reason, 'approved_by', used.approved_by));
  RETURN released;
END
$$;
REVOKE ALL ON FUNCTION trust.release_schema_lock(text) FROM PUBLIC;

-- from: schema/lock_counters.sql
-- Purpose: what the lock refuses is counted per table, for every table of records and not for the append-only ones
-- alone; what belongs to no table counts for `schema`.
SELECT trust.ensure_refusal_counters(relname, ARRAY['ddl'])
FROM pg_catalog.pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p');
SELECT trust.ensure_refusal_counters('schema', ARRAY['ddl']);

-- from: grants/schema_lock.sql
-- Purpose: who approves overrides reads and decides them; who reads records reads the state of the lock, too. What the
-- role that migrates still needs under the lock, it gets when the lock is engaged.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['trust_approver', 'trust_reader'] LOOP
    CONTINUE WHEN to_regrole(name) IS NULL;
    EXECUTE format('GRANT SELECT ON public.schema_lock_overrides, trust.schema_lock_baseline TO %I', name);
  END LOOP;
  IF to_regrole('trust_approver') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA public TO trust_approver;
    GRANT EXECUTE ON FUNCTION trust.approve_override(uuid, text, interval), trust.revoke_override(uuid)
      TO trust_approver;
  END IF;
END
$$;
