SELECT trust.guard_table('trust.environment');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON trust.environment
  FOR EACH ROW EXECUTE FUNCTION trust.assign_environment();
ALTER TABLE trust.environment ENABLE ALWAYS TRIGGER t20_assign;
