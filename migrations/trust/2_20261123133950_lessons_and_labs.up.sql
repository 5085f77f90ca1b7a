-- from: functions/stamp_published_at.sql
-- Purpose: published_at tells when a lesson was first published; the database's clock says it, and nobody else.
CREATE OR REPLACE FUNCTION trust.stamp_published_at() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  NEW.published_at := CASE TG_OP WHEN 'UPDATE' THEN OLD.published_at END;
  IF NEW.status = 'PUBLISHED' AND NEW.published_at IS NULL THEN
    NEW.published_at := pg_catalog.clock_timestamp();
  END IF;
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.stamp_published_at() FROM PUBLIC;

-- from: functions/assign_lesson_version.sql
-- Purpose: the database alone says what a version of a lesson is: its number, its hash, its id and its time.
-- The lock on the lesson makes concurrent writers queue, so that the versions of one lesson have no gap; other
-- lessons are not touched. Unseen because of an older snapshot, the last version makes the unique key refuse.
CREATE OR REPLACE FUNCTION trust.assign_lesson_version() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  last integer;
BEGIN
  PERFORM FROM public.lessons WHERE id = NEW.lesson_id FOR NO KEY UPDATE;
  SELECT version INTO last FROM public.lesson_versions WHERE lesson_id = NEW.lesson_id ORDER BY version DESC LIMIT 1;

  NEW.id := trust.uuid_v7_of(NEW.id);
  -- A call only where a number is stated, which is seldom: it costs a tenth of the INSERT.
  NEW.version := CASE WHEN NEW.version IS NULL THEN coalesce(last, 0) + 1
    ELSE trust.next_number(NEW.version, last, 'lesson_versions', 'version') END;
  NEW.content_sha256 := trust.jsonb_sha256(NEW.content);
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_lesson_version() FROM PUBLIC;

-- from: functions/assign_lab_version.sql
-- Purpose: the database alone says what a version of a lab is: its number, its hash, its id and its time.
-- The lock on the lab makes concurrent writers queue, so that the versions of one lab have no gap; other
-- labs are not touched. Unseen because of an older snapshot, the last version makes the unique key refuse.
CREATE OR REPLACE FUNCTION trust.assign_lab_version() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  last integer;
BEGIN
  PERFORM FROM public.labs WHERE id = NEW.lab_id FOR NO KEY UPDATE;
  SELECT version INTO last FROM public.lab_versions WHERE lab_id = NEW.lab_id ORDER BY version DESC LIMIT 1;

  NEW.id := trust.uuid_v7_of(NEW.id);
  -- A call only where a number is stated, which is seldom: it costs a tenth of the INSERT.
  NEW.version := CASE WHEN NEW.version IS NULL THEN coalesce(last, 0) + 1
    ELSE trust.next_number(NEW.version, last, 'lab_versions', 'version') END;
  NEW.config_sha256 := trust.jsonb_sha256(NEW.config);
  NEW.created_at := pg_catalog.clock_timestamp();
  RETURN NEW;
END
$$;
REVOKE ALL ON FUNCTION trust.assign_lab_version() FROM PUBLIC;

-- from: tables/lessons.sql
-- Purpose: a lesson as it is being written; what learners get are its versions.
CREATE TABLE public.lessons (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT lessons_pkey PRIMARY KEY,
  slug varchar(100) NOT NULL CONSTRAINT lessons_slug_key UNIQUE,
  title varchar(200) NOT NULL,
  difficulty varchar(16) NOT NULL,
  status varchar(16) NOT NULL DEFAULT 'DRAFT',
  content jsonb NOT NULL DEFAULT '{}',
  published_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT lessons_slug_ck CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  CONSTRAINT lessons_title_ck CHECK (title <> ''),
  CONSTRAINT lessons_difficulty_ck CHECK (difficulty IN ('BEGINNER', 'INTERMEDIATE', 'ADVANCED')),
  CONSTRAINT lessons_status_ck CHECK (status IN ('DRAFT', 'PUBLISHED')),
  CONSTRAINT lessons_content_ck CHECK (jsonb_typeof(content) = 'object'),
  CONSTRAINT lessons_published_at_ck CHECK (status <> 'PUBLISHED' OR published_at IS NOT NULL)
);

-- from: tables/lesson_versions.sql
-- Purpose: what a lesson said when it was published; append-only.
-- updated_at is there because every table has it; here it can be nothing but created_at.
CREATE TABLE public.lesson_versions (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT lesson_versions_pkey PRIMARY KEY,
  lesson_id uuid NOT NULL CONSTRAINT lesson_versions_lesson_id_fkey REFERENCES public.lessons (id) ON DELETE RESTRICT,
  version integer NOT NULL,
  content jsonb NOT NULL,
  content_sha256 varchar(64) NOT NULL,
  created_by uuid CONSTRAINT lesson_versions_created_by_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
  CONSTRAINT lesson_versions_version_ck CHECK (version > 0),
  CONSTRAINT lesson_versions_content_ck CHECK (jsonb_typeof(content) = 'object'),
  CONSTRAINT lesson_versions_content_sha256_ck CHECK (content_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT lesson_versions_lesson_id_version_key UNIQUE (lesson_id, version)
);
CREATE INDEX lesson_versions_created_by_idx ON public.lesson_versions (created_by);

-- from: tables/labs.sql
-- Purpose: a lab as it is being written; what learners work on are its versions.
CREATE TABLE public.labs (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT labs_pkey PRIMARY KEY,
  slug varchar(100) NOT NULL CONSTRAINT labs_slug_key UNIQUE,
  title varchar(200) NOT NULL,
  difficulty varchar(16) NOT NULL,
  estimated_minutes integer NOT NULL,
  config jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  updated_at timestamptz NOT NULL DEFAULT statement_timestamp(),
  CONSTRAINT labs_slug_ck CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  CONSTRAINT labs_title_ck CHECK (title <> ''),
  CONSTRAINT labs_difficulty_ck CHECK (difficulty IN ('BEGINNER', 'INTERMEDIATE', 'ADVANCED')),
  CONSTRAINT labs_estimated_minutes_ck CHECK (estimated_minutes > 0),
  CONSTRAINT labs_config_ck CHECK (jsonb_typeof(config) = 'object')
);

-- from: tables/lab_versions.sql
-- Purpose: what a lab demanded when a learner started it; append-only.
-- updated_at is there because every table has it; here it can be nothing but created_at.
CREATE TABLE public.lab_versions (
  id uuid NOT NULL DEFAULT trust.uuid_v7() CONSTRAINT lab_versions_pkey PRIMARY KEY,
  lab_id uuid NOT NULL CONSTRAINT lab_versions_lab_id_fkey REFERENCES public.labs (id) ON DELETE RESTRICT,
  version integer NOT NULL,
  config jsonb NOT NULL,
  config_sha256 varchar(64) NOT NULL,
  created_by uuid CONSTRAINT lab_versions_created_by_fkey REFERENCES public.users (id) ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated_at timestamptz NOT NULL GENERATED ALWAYS AS (created_at) STORED,
  CONSTRAINT lab_versions_version_ck CHECK (version > 0),
  CONSTRAINT lab_versions_config_ck CHECK (jsonb_typeof(config) = 'object'),
  CONSTRAINT lab_versions_config_sha256_ck CHECK (config_sha256 ~ '^[0-9a-f]{64}$'),
  CONSTRAINT lab_versions_lab_id_version_key UNIQUE (lab_id, version)
);
CREATE INDEX lab_versions_created_by_idx ON public.lab_versions (created_by);

-- from: triggers/lessons.sql
CREATE OR REPLACE TRIGGER t20_published_at BEFORE INSERT OR UPDATE ON public.lessons
  FOR EACH ROW EXECUTE FUNCTION trust.stamp_published_at();
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.lessons
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.lessons ENABLE ALWAYS TRIGGER t20_published_at, ENABLE ALWAYS TRIGGER t80_touch;

-- from: triggers/lesson_versions.sql
SELECT trust.guard_table('public.lesson_versions');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON public.lesson_versions
  FOR EACH ROW EXECUTE FUNCTION trust.assign_lesson_version();
ALTER TABLE public.lesson_versions ENABLE ALWAYS TRIGGER t20_assign;

-- from: triggers/labs.sql
CREATE OR REPLACE TRIGGER t80_touch BEFORE UPDATE ON public.labs
  FOR EACH ROW EXECUTE FUNCTION trust.touch();
ALTER TABLE public.labs ENABLE ALWAYS TRIGGER t80_touch;

-- from: triggers/lab_versions.sql
SELECT trust.guard_table('public.lab_versions');
CREATE OR REPLACE TRIGGER t20_assign BEFORE INSERT ON public.lab_versions
  FOR EACH ROW EXECUTE FUNCTION trust.assign_lab_version();
ALTER TABLE public.lab_versions ENABLE ALWAYS TRIGGER t20_assign;
