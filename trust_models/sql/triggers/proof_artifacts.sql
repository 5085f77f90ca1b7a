SELECT trust.guard_table('public.proof_artifacts');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON public.proof_artifacts
  FOR EACH ROW EXECUTE FUNCTION trust.assign_proof();
ALTER TABLE public.proof_artifacts ENABLE ALWAYS TRIGGER t20_assign;
