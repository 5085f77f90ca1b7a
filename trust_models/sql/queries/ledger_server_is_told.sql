-- Purpose: whether this server is known to be the one of the ledger's newest epoch, so that transaction ids can be judged.
SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AND (
  SELECT epoch.server_identity IS NOT NULL FROM trust.audit_epochs AS epoch ORDER BY epoch.number DESC LIMIT 1)
