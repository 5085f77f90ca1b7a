-- Purpose: who did what, on what, when and how it ended; append-only, in segments of one million ids.
-- tx_id stands before id: a row gets its transaction id before its number, so that whoever seals events in
-- the order (tx_id, id) can tell from a snapshot which transactions may still write. There is no updated_at:
-- an event happens once.
CREATE SEQUENCE trust.audit_logs_id_seq AS bigint;

CREATE TABLE public.audit_logs (
  tx_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  id bigint NOT NULL DEFAULT nextval('trust.audit_logs_id_seq'),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  schema_version smallint NOT NULL DEFAULT 1,
  actor_type varchar(16) NOT NULL,
  actor_id varchar(255),
  on_behalf_of varchar(255),
  action varchar(100) NOT NULL,
  outcome varchar(16) NOT NULL,
  reason_code varchar(100),
  entity_type varchar(100) NOT NULL,
  entity_id varchar(255),
  metadata jsonb NOT NULL DEFAULT '{}',
  context jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT audit_logs_pkey PRIMARY KEY (id),
  -- Written as arrays: PostgreSQL reads the text of a CHECK anew with each statement, and that of IN is far longer.
  CONSTRAINT audit_logs_actor_type_ck CHECK (actor_type = ANY ('{USER,SERVICE,SYSTEM,ANONYMOUS}')),
  CONSTRAINT audit_logs_outcome_ck CHECK (outcome = ANY ('{SUCCESS,FAILURE,DENIED}')),
  -- With what t20_assign adds: no event is stored where that trigger, which holds the other rules, is missing or off.
  CONSTRAINT audit_logs_context_ck CHECK (context ?& '{database_role,database_login}')
) PARTITION BY RANGE (id);
CREATE INDEX audit_logs_tx_id_id_idx ON public.audit_logs (tx_id, id);
CREATE INDEX audit_logs_actor_id_id_idx ON public.audit_logs (actor_id, id);
CREATE INDEX audit_logs_entity_type_entity_id_id_idx ON public.audit_logs (entity_type, entity_id, id);
CREATE INDEX audit_logs_action_id_idx ON public.audit_logs (action, id);
CREATE INDEX audit_logs_unsuccessful_id_idx ON public.audit_logs (id) WHERE outcome <> 'SUCCESS';
CREATE INDEX audit_logs_request_id_id_idx ON public.audit_logs ((context ->> 'request_id'), id)
  WHERE (context ->> 'request_id') IS NOT NULL;
