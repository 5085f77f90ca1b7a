-- $1 hash of the token, $2 lifetime, $3 maximum age, $4 the least time between two updates of last_seen_at
WITH live AS (
  SELECT * FROM public.auth_sessions
  WHERE token_hash = $1
    AND revoked_at IS NULL
    AND expires_at > clock_timestamp()
    AND created_at + $3::interval > clock_timestamp()
),
seen AS (
  UPDATE public.auth_sessions AS sessions SET
    last_seen_at = clock_timestamp(),
    expires_at = LEAST(live.created_at + $3::interval, GREATEST(live.expires_at, clock_timestamp() + $2::interval))
  FROM live
  WHERE sessions.id = live.id
    AND sessions.revoked_at IS NULL
    AND coalesce(sessions.last_seen_at, '-infinity') < clock_timestamp() - $4::interval
  RETURNING sessions.*
)
SELECT * FROM seen
UNION ALL
SELECT * FROM live WHERE NOT EXISTS (SELECT FROM seen)
