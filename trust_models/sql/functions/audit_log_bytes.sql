-- Purpose: the canonical bytes of an event, from which its leaf of the ledger is made: the tuple that COPY writes in BINARY
-- (the number of columns; of each its length, -1 for NULL, and its value), all columns in their order, text in UTF-8
-- whatever the client speaks. Who reads the log by COPY has these bytes without asking for them.
-- Bound to its names when it is made, and without settings of its own: so it is inlined.
CREATE OR REPLACE FUNCTION trust.audit_log_bytes(event public.audit_logs) RETURNS bytea
  LANGUAGE sql STABLE PARALLEL SAFE
  RETURN int2send(14::smallint)
    || int4send(8) || xid8send((event).tx_id)
    || int4send(8) || int8send((event).id)
    || int4send(8) || timestamptz_send((event).created_at)
    || int4send(2) || int2send((event).schema_version)
    || coalesce(int4send(octet_length((event).actor_type)) || convert_to((event).actor_type, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).actor_id)) || convert_to((event).actor_id, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).on_behalf_of)) || convert_to((event).on_behalf_of, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).action)) || convert_to((event).action, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).outcome)) || convert_to((event).outcome, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).reason_code)) || convert_to((event).reason_code, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).entity_type)) || convert_to((event).entity_type, 'UTF8'), int4send(-1))
    || coalesce(int4send(octet_length((event).entity_id)) || convert_to((event).entity_id, 'UTF8'), int4send(-1))
    || int4send(octet_length((event).metadata::text) + 1) || decode('01', 'hex') || convert_to((event).metadata::text, 'UTF8')
    || int4send(octet_length((event).context::text) + 1) || decode('01', 'hex') || convert_to((event).context::text, 'UTF8');
REVOKE ALL ON FUNCTION trust.audit_log_bytes(public.audit_logs) FROM PUBLIC;
