-- Purpose: how each event trigger of the lock is; $1 their names, $2 the functions in schema trust behind them. Where the
-- function is not there either, whoever engaged could not make the event trigger.
SELECT expected.name,
  CASE
    WHEN triggers.oid IS NULL AND to_regprocedure(format('trust.%I()', expected.function)) IS NULL THEN 'left out'
    WHEN triggers.oid IS NULL THEN 'missing'
    WHEN functions.pronamespace <> to_regnamespace('trust') OR functions.proname <> expected.function
      OR pg_get_userbyid(functions.proowner) <> 'trust_guard' THEN 'of another function'
    WHEN NOT owners.rolsuper THEN 'not of a superuser'
    ELSE CASE triggers.evtenabled WHEN 'A' THEN 'always' WHEN 'D' THEN 'disabled' WHEN 'R' THEN 'in replicas only'
      ELSE 'not in replicas' END
  END AS state
FROM unnest($1::text[], $2::text[]) AS expected (name, function)
LEFT JOIN pg_catalog.pg_event_trigger AS triggers ON triggers.evtname = expected.name
LEFT JOIN pg_catalog.pg_proc AS functions ON functions.oid = triggers.evtfoid
LEFT JOIN pg_catalog.pg_roles AS owners ON owners.oid = triggers.evtowner
ORDER BY expected.name
