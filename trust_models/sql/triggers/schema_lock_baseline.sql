CREATE OR REPLACE TRIGGER t10_direct BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON trust.schema_lock_baseline
  FOR EACH STATEMENT EXECUTE FUNCTION trust.refuse_direct_change();
ALTER TABLE trust.schema_lock_baseline ENABLE ALWAYS TRIGGER t10_direct;
