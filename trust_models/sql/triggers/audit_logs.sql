-- The segments carry guards of their own, made with them (trust.create_audit_segment).
SELECT trust.guard_table('public.audit_logs');
SELECT trust.ensure_audit_segments(4);
