-- Purpose: the override $1, or all if it is NULL, each with the state that it is in by the database's clock.
SELECT id, migration, sql_sha256, reason, requested_by, created_at AS requested_at, approved_by, expires_at,
  CASE
    WHEN revoked_at IS NOT NULL THEN 'revoked'
    WHEN used_at IS NOT NULL THEN 'used'
    WHEN approved_at IS NULL THEN 'requested'
    WHEN expires_at <= clock_timestamp() THEN 'expired'
    ELSE 'approved'
  END AS state
FROM public.schema_lock_overrides
WHERE id = $1 OR $1 IS NULL
ORDER BY created_at, id
