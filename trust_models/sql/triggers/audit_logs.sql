-- The segments carry guards of their own, made with them (trust.create_audit_segment), and number by themselves.
-- The table has no t20_assign: it would be cloned onto every segment and run beside the segment's own. What is written
-- to a partition that was attached by hand, and has none, is refused by audit_logs_context_ck.
SELECT trust.guard_table('public.audit_logs');
SELECT trust.ensure_audit_segments(4);
