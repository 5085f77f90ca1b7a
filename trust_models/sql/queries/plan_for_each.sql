-- Purpose: until the end of the transaction, every statement is planned for the values that it is run with. A plan for
-- any values reads the whole log where it holds few of what is asked for.
SELECT set_config('plan_cache_mode', 'force_custom_plan', true)
