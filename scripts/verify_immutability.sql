-- Purpose: shows to a person with psql that evidence cannot be changed: which guards there are, and what becomes of
-- attempts to get around them. It changes nothing: all attempts run in one transaction that is rolled back.
--
--     psql "$DATABASE_URL" -X -f scripts/verify_immutability.sql
--
-- Any role may run it; each is refused by another layer. Every line begins with a verdict: `refused` with the SQLSTATE
-- (42501 missing privilege, 23T01 immutable record, 42T01 locked schema), `OPEN` when the attempt went through, or
-- `unclear` when it failed for another reason, which proves nothing. Exit status 0 when everything was refused, 3 if not.
-- It tries the plain ways, to be read in five minutes; `trust-models attack` tries every way that is known.

\set QUIET on
\set ON_ERROR_STOP off
\set ON_ERROR_ROLLBACK on
\set VERBOSITY sqlstate
\pset footer off
SET application_name = 'verify_immutability';
SET client_min_messages = error;
\echo
\echo 'Guards by table and segment, as the catalogue has them: of rows, of statements, of TRUNCATE'
WITH RECURSIVE guarded AS (
  SELECT to_regclass('public.' || name)::oid AS oid, 'public.' || name AS name
  FROM unnest('{lesson_versions,lab_versions,verification_attempts,proof_artifacts,audit_logs,
      audit_checkpoints}'::text[]) AS name
  UNION
  SELECT inhrelid, inhrelid::regclass::text FROM guarded JOIN pg_catalog.pg_inherits ON inhparent = guarded.oid
), guards AS (
  SELECT tgrelid, tgtype, CASE tgenabled WHEN 'A' THEN 'always' ELSE 'NOT ALWAYS' END AS state
  FROM pg_catalog.pg_trigger
  WHERE tgparentid = 0 AND tgqual IS NULL AND tgfoid = to_regprocedure('trust.refuse_mutation()')
), states AS (
  -- The bits of tgtype: 1 row, 2 before, 8 delete, 16 update, 32 truncate.
  SELECT name, kind, coalesce((SELECT max(state) FROM guards WHERE tgrelid = oid AND tgtype = kind), 'MISSING') AS state
  FROM guarded, unnest(ARRAY[27, 26, 34]) AS kind
), lines AS (
  SELECT format('%-30s %s', name, string_agg(format('%-10s', state), ' ' ORDER BY kind = 34, kind DESC)) AS line,
    count(*) FILTER (WHERE state <> 'always') AS missed
  FROM states GROUP BY name
)
SELECT string_agg(line, E'\n' ORDER BY line) AS report, sum(missed) AS missed FROM lines \gset
\echo :report

-- What an attempt came to; psql reads the variables in it anew each time that it is sent.
\set refused '(:''ERROR'' = ''true'' AND :''LAST_ERROR_SQLSTATE'' ~ ''^(42501|23T0.|42T01)$'')'
\set word 'CASE WHEN :''ERROR'' = ''false'' THEN ''OPEN         '' WHEN :refused THEN ''refused '' ELSE ''unclear '' END'
\set code 'CASE WHEN :''ERROR'' = ''true'' THEN left(:''LAST_ERROR_SQLSTATE'', 5) ELSE '''' END'
\set judge 'SELECT :word || :code AS verdict, :missed + (NOT :refused)::integer AS missed'
BEGIN;
SET LOCAL lock_timeout = '2s';
\echo
SELECT format('Attempts as %s on %s', session_user, current_database()) AS title \gset
\echo :title

\set path 'change every record of lesson_versions'
UPDATE public.lesson_versions SET created_at = created_at - interval '1 day';
:judge \gset
\echo :verdict :path

\set path 'change no record of lesson_versions'
UPDATE public.lesson_versions SET created_at = now() WHERE false;
:judge \gset
\echo :verdict :path

\set path 'remove the records of lesson_versions'
DELETE FROM public.lesson_versions;
:judge \gset
\echo :verdict :path

\set path 'empty lesson_versions'
TRUNCATE public.lesson_versions CASCADE;
:judge \gset
\echo :verdict :path

\set path 'merge into lesson_versions'
MERGE INTO public.lesson_versions USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE;
:judge \gset
\echo :verdict :path

\set path 'change every record of lab_versions'
UPDATE public.lab_versions SET created_at = created_at - interval '1 day';
:judge \gset
\echo :verdict :path

\set path 'change no record of lab_versions'
UPDATE public.lab_versions SET created_at = now() WHERE false;
:judge \gset
\echo :verdict :path

\set path 'remove the records of lab_versions'
DELETE FROM public.lab_versions;
:judge \gset
\echo :verdict :path

\set path 'empty lab_versions'
TRUNCATE public.lab_versions CASCADE;
:judge \gset
\echo :verdict :path

\set path 'merge into lab_versions'
MERGE INTO public.lab_versions USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE;
:judge \gset
\echo :verdict :path

\set path 'change every record of verification_attempts'
UPDATE public.verification_attempts SET created_at = created_at - interval '1 day';
:judge \gset
\echo :verdict :path

\set path 'change no record of verification_attempts'
UPDATE public.verification_attempts SET created_at = now() WHERE false;
:judge \gset
\echo :verdict :path

\set path 'remove the records of verification_attempts'
DELETE FROM public.verification_attempts;
:judge \gset
\echo :verdict :path

\set path 'empty verification_attempts'
TRUNCATE public.verification_attempts CASCADE;
:judge \gset
\echo :verdict :path

\set path 'merge into verification_attempts'
MERGE INTO public.verification_attempts USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE;
:judge \gset
\echo :verdict :path

\set path 'change every record of proof_artifacts'
UPDATE public.proof_artifacts SET created_at = created_at - interval '1 day';
:judge \gset
\echo :verdict :path

\set path 'change no record of proof_artifacts'
UPDATE public.proof_artifacts SET created_at = now() WHERE false;
:judge \gset
\echo :verdict :path

\set path 'remove the records of proof_artifacts'
DELETE FROM public.proof_artifacts;
:judge \gset
\echo :verdict :path

\set path 'empty proof_artifacts'
TRUNCATE public.proof_artifacts CASCADE;
:judge \gset
\echo :verdict :path

\set path 'merge into proof_artifacts'
MERGE INTO public.proof_artifacts USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE;
:judge \gset
\echo :verdict :path

\set path 'change every record of audit_logs'
UPDATE public.audit_logs SET created_at = created_at - interval '1 day';
:judge \gset
\echo :verdict :path

\set path 'change no record of audit_logs'
UPDATE public.audit_logs SET created_at = now() WHERE false;
:judge \gset
\echo :verdict :path

\set path 'remove the records of audit_logs'
DELETE FROM public.audit_logs;
:judge \gset
\echo :verdict :path

\set path 'empty audit_logs'
TRUNCATE public.audit_logs CASCADE;
:judge \gset
\echo :verdict :path

\set path 'merge into audit_logs'
MERGE INTO public.audit_logs USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE;
:judge \gset
\echo :verdict :path

\set path 'change every record of audit_checkpoints'
UPDATE public.audit_checkpoints SET created_at = created_at - interval '1 day';
:judge \gset
\echo :verdict :path

\set path 'change no record of audit_checkpoints'
UPDATE public.audit_checkpoints SET created_at = now() WHERE false;
:judge \gset
\echo :verdict :path

\set path 'remove the records of audit_checkpoints'
DELETE FROM public.audit_checkpoints;
:judge \gset
\echo :verdict :path

\set path 'empty audit_checkpoints'
TRUNCATE public.audit_checkpoints CASCADE;
:judge \gset
\echo :verdict :path

\set path 'merge into audit_checkpoints'
MERGE INTO public.audit_checkpoints USING (SELECT 1) AS one ON true WHEN MATCHED THEN DELETE;
:judge \gset
\echo :verdict :path

\set path 'upsert a version of a lesson'
INSERT INTO public.lesson_versions (lesson_id, content) SELECT lesson_id, content FROM public.lesson_versions
  ON CONFLICT (lesson_id, version) DO UPDATE SET content = '{}';
:judge \gset
\echo :verdict :path

\set path 'remove events through a segment'
DELETE FROM trust.audit_segment_000000;
:judge \gset
\echo :verdict :path

\set path 'empty a segment'
TRUNCATE trust.audit_segment_000000;
:judge \gset
\echo :verdict :path

\set path 'empty what evidence hangs from'
TRUNCATE public.users CASCADE;
:judge \gset
\echo :verdict :path

\set path 'remove versions in a common table expression'
WITH gone AS (DELETE FROM public.lab_versions RETURNING id) SELECT count(*) FROM gone;
:judge \gset
\echo :verdict :path

\set path 'explain, and so run, the removal of proofs'
EXPLAIN ANALYZE DELETE FROM public.proof_artifacts;
:judge \gset
\echo :verdict :path

\set path 'remove events in replica mode, where ordinary triggers are silent'
SET LOCAL session_replication_role = replica;
DELETE FROM public.audit_logs;
:judge \gset
\echo :verdict :path

ROLLBACK;
\echo
SELECT :missed > 0 AS missed \gset
\if :missed
  \warn 'Not everything was refused or guarded: see MISSING, NOT ALWAYS, OPEN and unclear above.'
  -- An error is the only way for a script of psql to end with a status.
  \set ON_ERROR_STOP on
  SELECT 1 / 0;
\endif
\echo 'Everything was refused, and nothing was changed.'
