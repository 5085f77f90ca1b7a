DROP TABLE public.auth_identities;
DROP TABLE public.auth_sessions;
DROP TABLE public.users;
DROP FUNCTION trust.keep_last_identity();
DROP FUNCTION trust.keep_session_revoked();
DROP FUNCTION trust.store_normalised_email();
DROP FUNCTION trust.normalise_email(text);
