SELECT trust.guard_table('trust.audit_epochs');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON trust.audit_epochs
  FOR EACH ROW EXECUTE FUNCTION trust.assign_audit_epoch();
ALTER TABLE trust.audit_epochs ENABLE ALWAYS TRIGGER t20_assign;
INSERT INTO trust.audit_epochs (above_id) VALUES (0);
