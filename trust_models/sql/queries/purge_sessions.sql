-- $1 how long ago a session must have ended, $2 the most to delete
DELETE FROM public.auth_sessions
WHERE id IN (
  SELECT id FROM public.auth_sessions
  WHERE LEAST(expires_at, revoked_at) < clock_timestamp() - $1::interval
  ORDER BY expires_at
  LIMIT $2
  FOR UPDATE SKIP LOCKED
)
RETURNING id
