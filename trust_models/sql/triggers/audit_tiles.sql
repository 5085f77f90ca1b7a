SELECT trust.guard_table('trust.audit_tiles');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON trust.audit_tiles
  FOR EACH ROW EXECUTE FUNCTION trust.assign_audit_tile();
ALTER TABLE trust.audit_tiles ENABLE ALWAYS TRIGGER t20_assign;
