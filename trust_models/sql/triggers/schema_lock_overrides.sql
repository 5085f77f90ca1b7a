CREATE OR REPLACE TRIGGER t10_state BEFORE INSERT OR UPDATE ON public.schema_lock_overrides
  FOR EACH ROW EXECUTE FUNCTION trust.check_lock_override();
CREATE OR REPLACE TRIGGER t10_state_removal BEFORE DELETE OR TRUNCATE ON public.schema_lock_overrides
  FOR EACH STATEMENT EXECUTE FUNCTION trust.check_lock_override();
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.schema_lock_overrides
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.schema_lock_overrides ENABLE ALWAYS TRIGGER t10_state, ENABLE ALWAYS TRIGGER t10_state_removal,
  ENABLE ALWAYS TRIGGER t80_touch;
