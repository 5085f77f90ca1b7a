SELECT * FROM public.users WHERE email = trust.normalise_email($1)
