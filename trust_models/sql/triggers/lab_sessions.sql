SELECT trust.ensure_refusal_counters('lab_sessions', ARRAY['update', 'delete', 'ddl']);
CREATE OR REPLACE TRIGGER t40_state BEFORE INSERT OR UPDATE OR DELETE ON public.lab_sessions
  FOR EACH ROW EXECUTE FUNCTION trust.check_lab_session();
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.lab_sessions
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.lab_sessions ENABLE ALWAYS TRIGGER t40_state, ENABLE ALWAYS TRIGGER t80_touch;
