-- Purpose: whether a checkpoint of this name was ever written. $1: the name.
SELECT EXISTS (
  SELECT FROM public.audit_checkpoints AS checkpoint
  WHERE pg_catalog.split_part(checkpoint.note, pg_catalog.chr(10), 1) = $1::text)
