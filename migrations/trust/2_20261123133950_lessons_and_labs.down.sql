DROP TABLE public.lab_versions;
DROP TABLE public.labs;
DROP TABLE public.lesson_versions;
DROP TABLE public.lessons;
DROP SEQUENCE trust.refused_lesson_versions_update, trust.refused_lesson_versions_delete, trust.refused_lesson_versions_truncate, trust.refused_lesson_versions_ddl;
DROP SEQUENCE trust.refused_lab_versions_update, trust.refused_lab_versions_delete, trust.refused_lab_versions_truncate, trust.refused_lab_versions_ddl;
DROP FUNCTION trust.assign_lab_version();
DROP FUNCTION trust.assign_lesson_version();
DROP FUNCTION trust.stamp_published_at();
