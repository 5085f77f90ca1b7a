-- $1 attempt, then one array per column
INSERT INTO public.proof_artifacts (verification_attempt_id, type, location, sha256, size_bytes, content_type)
SELECT $1::uuid, type, location, sha256, size_bytes, content_type
FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[])
  WITH ORDINALITY AS proofs (type, location, sha256, size_bytes, content_type, position)
ORDER BY position
RETURNING *
