CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.github_accounts
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.github_accounts ENABLE ALWAYS TRIGGER t80_touch;
