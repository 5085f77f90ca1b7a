-- Purpose: to how many events the index on (tx_id, id) leads. The settings have to close the other ways.
SELECT pg_catalog.count(*) FROM public.audit_logs AS event WHERE (event.tx_id, event.id) >= ('0'::xid8, -9223372036854775808)
