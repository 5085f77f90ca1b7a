-- Purpose: Aerich's own bookkeeping, as Aerich would create it. The unique index makes the loser of two
-- upgrades that got past the lock fail, and so roll back, instead of applying a migration twice.
CREATE TABLE IF NOT EXISTS public.aerich (
  id serial NOT NULL PRIMARY KEY,
  version varchar(255) NOT NULL,
  app varchar(100) NOT NULL,
  content jsonb NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS aerich_app_version_key ON public.aerich (app, version);
