-- Purpose: checkpoints in their order. $1: the number before the first; $2: how many.
SELECT checkpoint.number, checkpoint.tree_size, checkpoint.root_hash, checkpoint.note, checkpoint.created_at
FROM public.audit_checkpoints AS checkpoint
WHERE checkpoint.number > $1::bigint ORDER BY checkpoint.number LIMIT $2::bigint
