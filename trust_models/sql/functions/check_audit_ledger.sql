-- Purpose: the ledger only ever grows. What is refused leaves its trace first, like with the guard of the evidence.
-- SECURITY DEFINER for the trace alone.
CREATE OR REPLACE FUNCTION trust.check_audit_ledger() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.size >= OLD.size THEN
    RETURN NEW;
  END IF;
  BEGIN
    PERFORM trust.record_refusal('23T01', 'audit_ledger', TG_OP,
      pg_catalog.jsonb_build_object('rule', 'audit_ledger_grows'));
  EXCEPTION WHEN OTHERS THEN
    RAISE LOG 'trust_models: a refusal could not be recorded (SQLSTATE %).', SQLSTATE;
  END;
  RAISE EXCEPTION USING
    ERRCODE = '23T01',
    MESSAGE = pg_catalog.format('%s is refused: the audit ledger only grows.', TG_OP),
    HINT = 'Leave it to `trust-models audit seal`.',
    SCHEMA = 'trust', TABLE = 'audit_ledger', CONSTRAINT = 'audit_ledger_grows';
END
$$;
REVOKE ALL ON FUNCTION trust.check_audit_ledger() FROM PUBLIC;
