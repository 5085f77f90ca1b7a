SELECT trust.guard_table('public.verification_attempts');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON public.verification_attempts
  FOR EACH ROW EXECUTE FUNCTION trust.assign_attempt();
ALTER TABLE public.verification_attempts ENABLE ALWAYS TRIGGER t20_assign;
