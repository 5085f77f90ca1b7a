DROP TABLE public.subscriptions;
DROP TABLE public.feature_flags;
DROP TABLE public.github_repo_mappings;
DROP TABLE public.github_accounts;
