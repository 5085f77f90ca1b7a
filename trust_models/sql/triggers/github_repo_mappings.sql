CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.github_repo_mappings
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.github_repo_mappings ENABLE ALWAYS TRIGGER t80_touch;
