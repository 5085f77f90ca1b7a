DROP TABLE public.proof_artifacts;
DROP TABLE public.verification_attempts;
DROP TABLE public.lab_sessions;
DROP SEQUENCE trust.refused_verification_attempts_update, trust.refused_verification_attempts_delete, trust.refused_verification_attempts_truncate, trust.refused_verification_attempts_ddl;
DROP SEQUENCE trust.refused_proof_artifacts_update, trust.refused_proof_artifacts_delete, trust.refused_proof_artifacts_truncate, trust.refused_proof_artifacts_ddl;
DROP SEQUENCE trust.refused_lab_sessions_update, trust.refused_lab_sessions_delete, trust.refused_lab_sessions_ddl;
DROP FUNCTION trust.assign_proof();
DROP FUNCTION trust.assign_attempt();
DROP FUNCTION trust.check_lab_session();
