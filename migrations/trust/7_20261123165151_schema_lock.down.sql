DROP TRIGGER t10_lock ON public.aerich;
DROP TRIGGER t10_lock_truncate ON public.aerich;
DROP FUNCTION trust.release_schema_lock(text);
DROP FUNCTION trust.engage_schema_lock(regrole, regrole);
DROP FUNCTION trust.run_migration(text);
DROP FUNCTION trust.check_guard();
DROP FUNCTION trust.check_evidence(jsonb);
DROP FUNCTION trust.evidence_state();
DROP FUNCTION trust.use_override(text);
DROP FUNCTION trust.revoke_override(uuid);
DROP FUNCTION trust.approve_override(uuid, text, interval);
DROP FUNCTION trust.request_override(text, text, text);
DROP FUNCTION trust.open_override(uuid);
DROP FUNCTION trust.close_lock_pass(jsonb, text);
DROP FUNCTION trust.open_lock_pass();
DROP FUNCTION trust.check_bookkeeping();
DROP FUNCTION trust.lock_override_step(public.schema_lock_overrides, public.schema_lock_overrides);
DROP SEQUENCE
  trust.refused_aerich_ddl, trust.refused_auth_identities_ddl, trust.refused_auth_sessions_ddl,
  trust.refused_feature_flags_ddl, trust.refused_github_accounts_ddl, trust.refused_github_repo_mappings_ddl,
  trust.refused_labs_ddl, trust.refused_lessons_ddl, trust.refused_schema_ddl,
  trust.refused_schema_lock_overrides_ddl, trust.refused_subscriptions_ddl, trust.refused_users_ddl;
DROP TABLE public.schema_lock_overrides;
DROP TABLE trust.schema_lock_passes;
DROP TABLE trust.schema_lock_baseline;
DROP TABLE trust.schema_lock;
DROP FUNCTION trust.check_lock_override();
DROP FUNCTION trust.check_lock_approver(text);
DROP FUNCTION trust.refuse_direct_change();
DROP FUNCTION trust.record_lock_event(text, text, text, jsonb);
DROP FUNCTION trust.catalogue_snapshot();
DROP FUNCTION trust.schema_catalogue();
-- What this migration granted in schemas that outlive a downgrade of it; a reader had it before.
DO $$
BEGIN
  IF to_regrole('trust_approver') IS NOT NULL THEN
    REVOKE ALL ON SCHEMA public, trust FROM trust_approver;
  END IF;
END
$$;
