-- The segments carry guards of their own, made with them (trust.create_audit_segment), and number by themselves.
-- What the table has is cloned onto every partition: it numbers what is written to one that was attached by hand.
SELECT trust.guard_table('public.audit_logs');
CREATE OR REPLACE TRIGGER t20_assign_inherited BEFORE INSERT ON public.audit_logs
  FOR EACH ROW EXECUTE FUNCTION trust.assign_audit_log();
ALTER TABLE public.audit_logs ENABLE ALWAYS TRIGGER t20_assign_inherited;
SELECT trust.ensure_audit_segments(4);
