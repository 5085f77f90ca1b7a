-- Purpose: whether the database has exactly the migrations of this package, and so all that is granted on.
-- Settings: trust.provision_migrations.
SELECT coalesce(jsonb_agg(version ORDER BY version COLLATE "C"), '[]')
  = current_setting('trust.provision_migrations')::jsonb AS at_head
FROM ONLY public.aerich WHERE app = 'trust';
