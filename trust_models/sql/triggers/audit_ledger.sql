CREATE OR REPLACE TRIGGER t10_grow BEFORE UPDATE OR DELETE ON trust.audit_ledger
  FOR EACH ROW EXECUTE FUNCTION trust.check_audit_ledger();
CREATE OR REPLACE TRIGGER t10_grow_truncate BEFORE TRUNCATE ON trust.audit_ledger
  FOR EACH STATEMENT EXECUTE FUNCTION trust.check_audit_ledger();
ALTER TABLE trust.audit_ledger ENABLE ALWAYS TRIGGER t10_grow, ENABLE ALWAYS TRIGGER t10_grow_truncate;
