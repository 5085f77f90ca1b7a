DROP TABLE public.lab_versions;
DROP TABLE public.labs;
DROP TABLE public.lesson_versions;
DROP TABLE public.lessons;
DROP FUNCTION trust.assign_lab_version();
DROP FUNCTION trust.assign_lesson_version();
DROP FUNCTION trust.stamp_published_at();
