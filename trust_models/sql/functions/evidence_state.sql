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
