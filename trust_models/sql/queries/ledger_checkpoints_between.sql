-- Purpose: the checkpoints between two numbers, which are left out. $1, $2: the numbers; $3: how many at most.
SELECT checkpoint.number, checkpoint.note FROM public.audit_checkpoints AS checkpoint
WHERE checkpoint.number > $1::bigint AND checkpoint.number < $2::bigint ORDER BY checkpoint.number LIMIT $3::bigint
