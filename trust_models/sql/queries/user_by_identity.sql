SELECT users.*
FROM public.users
JOIN public.auth_identities AS identities ON identities.user_id = users.id
WHERE identities.provider = $1 AND identities.provider_user_id = $2
