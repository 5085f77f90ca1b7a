SELECT trust.guard_table('public.audit_checkpoints');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON public.audit_checkpoints
  FOR EACH ROW EXECUTE FUNCTION trust.assign_audit_checkpoint();
ALTER TABLE public.audit_checkpoints ENABLE ALWAYS TRIGGER t20_assign;
