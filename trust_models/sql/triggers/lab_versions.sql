SELECT trust.guard_table('public.lab_versions');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON public.lab_versions
  FOR EACH ROW EXECUTE FUNCTION trust.assign_lab_version();
ALTER TABLE public.lab_versions ENABLE ALWAYS TRIGGER t20_assign;
