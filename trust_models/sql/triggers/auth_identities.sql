SELECT trust.ensure_refusal_counters('auth_identities', ARRAY['update']);
CREATE OR REPLACE TRIGGER t40_last BEFORE UPDATE OF user_id OR DELETE ON public.auth_identities
  FOR EACH ROW EXECUTE FUNCTION trust.keep_last_identity();
CREATE OR REPLACE TRIGGER t40_last_truncate BEFORE TRUNCATE ON public.auth_identities
  FOR EACH STATEMENT EXECUTE FUNCTION trust.keep_last_identity();
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.auth_identities
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.auth_identities
  ENABLE ALWAYS TRIGGER t40_last, ENABLE ALWAYS TRIGGER t40_last_truncate, ENABLE ALWAYS TRIGGER t80_touch;
