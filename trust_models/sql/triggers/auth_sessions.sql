SELECT trust.ensure_refusal_counters('auth_sessions', ARRAY['update']);
CREATE OR REPLACE TRIGGER t40_revoked BEFORE UPDATE ON public.auth_sessions
  FOR EACH ROW EXECUTE FUNCTION trust.keep_session_revoked();
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.auth_sessions
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.auth_sessions ENABLE ALWAYS TRIGGER t40_revoked, ENABLE ALWAYS TRIGGER t80_touch;
