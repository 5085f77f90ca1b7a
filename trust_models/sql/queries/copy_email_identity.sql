-- $1 user, $2 the old address, $3 the new one
-- A new identity, since none ever becomes that of another account; the old one goes next.
INSERT INTO public.auth_identities (user_id, provider, provider_user_id, email)
SELECT user_id, provider, $3, $3
FROM public.auth_identities
WHERE user_id = $1 AND provider = 'EMAIL' AND provider_user_id = $2
RETURNING id
