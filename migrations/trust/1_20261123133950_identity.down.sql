DROP TABLE public.auth_identities;
DROP TABLE public.auth_sessions;
DROP TABLE public.users;
DROP SEQUENCE trust.refused_auth_identities_update, trust.refused_auth_sessions_update;
DROP FUNCTION trust.keep_last_identity();
DROP FUNCTION trust.keep_session_revoked();
DROP FUNCTION trust.store_normalised_email();
DROP FUNCTION trust.normalise_email(text);
