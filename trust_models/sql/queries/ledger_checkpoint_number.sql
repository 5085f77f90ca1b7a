-- Purpose: the number of the checkpoint that is this note, looked for from the newest one on. $1: the note.
SELECT checkpoint.number FROM public.audit_checkpoints AS checkpoint
WHERE checkpoint.note = $1::text ORDER BY checkpoint.number DESC LIMIT 1
