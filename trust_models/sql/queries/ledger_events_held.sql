-- Purpose: how many events the segments hold. The settings have to close the way by an index.
SELECT pg_catalog.count(*) FROM public.audit_logs AS event
