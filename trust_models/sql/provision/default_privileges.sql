-- Purpose: what is still to be done that functions which the owner or the guard will make are not everybody's to call.
-- Settings: trust.provision_owner.
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC', name) AS statement,
  format('functions that %s makes from now on are not everybody''s to call', name) AS done,
  format('everybody can call functions that %s makes, unless their migration takes that away', name) AS otherwise
FROM unnest(ARRAY[current_setting('trust.provision_owner'), 'trust_guard']) AS name
WHERE NOT EXISTS (
  SELECT FROM pg_catalog.pg_default_acl
  WHERE defaclrole = to_regrole(quote_ident(name)) AND defaclnamespace = 0 AND defaclobjtype = 'f'
    AND NOT EXISTS (SELECT FROM aclexplode(defaclacl) WHERE grantee = 0))
ORDER BY name;
