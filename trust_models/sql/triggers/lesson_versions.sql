SELECT trust.guard_table('public.lesson_versions');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON public.lesson_versions
  FOR EACH ROW EXECUTE FUNCTION trust.assign_lesson_version();
ALTER TABLE public.lesson_versions ENABLE ALWAYS TRIGGER t20_assign;
