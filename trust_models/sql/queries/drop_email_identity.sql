-- $1 user, $2 the old address
DELETE FROM public.auth_identities
WHERE user_id = $1 AND provider = 'EMAIL' AND provider_user_id = $2
RETURNING id
