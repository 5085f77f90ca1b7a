DROP TABLE public.audit_logs;
DROP SEQUENCE trust.audit_logs_id_seq;
DROP FUNCTION trust.ensure_audit_segments(integer);
DROP FUNCTION trust.audit_segments_ahead();
DROP FUNCTION trust.create_audit_segment();
DROP FUNCTION trust.assign_audit_log();
