DROP TABLE public.proof_artifacts;
DROP TABLE public.verification_attempts;
DROP TABLE public.lab_sessions;
DROP FUNCTION trust.assign_proof();
DROP FUNCTION trust.assign_attempt();
DROP FUNCTION trust.check_lab_session();
