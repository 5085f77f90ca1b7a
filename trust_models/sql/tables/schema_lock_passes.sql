-- Purpose: the transaction that the event triggers let through. A row lives inside one call of a function and is
-- never committed, so nobody but its own transaction ever sees it.
CREATE TABLE trust.schema_lock_passes (
  tx_id xid8 NOT NULL CONSTRAINT schema_lock_passes_pkey PRIMARY KEY
);
REVOKE ALL ON TABLE trust.schema_lock_passes FROM PUBLIC;
