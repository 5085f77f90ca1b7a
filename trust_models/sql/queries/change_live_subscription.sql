-- $1 user, $2 plan or null, $3 status or null
UPDATE public.subscriptions SET plan = coalesce($2, plan), status = coalesce($3, status)
WHERE user_id = $1 AND status <> 'CANCELED'
RETURNING *
