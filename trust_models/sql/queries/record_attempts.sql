-- $1 session, then one array per column
INSERT INTO public.verification_attempts (lab_session_id, commit_sha, result, logs)
SELECT $1::uuid, commit_sha, result, logs
FROM unnest($2::text[], $3::text[], $4::jsonb[]) WITH ORDINALITY AS attempts (commit_sha, result, logs, position)
ORDER BY position
RETURNING *
