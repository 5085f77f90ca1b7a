-- $1 user, $2 hash of the token, $3 lifetime, $4 address, $5 user agent
INSERT INTO public.auth_sessions (user_id, token_hash, expires_at, ip_address, user_agent)
VALUES ($1, $2, clock_timestamp() + $3::interval, $4, $5)
RETURNING *
