-- $1 key, $2 enabled, $3 description
INSERT INTO public.feature_flags (key, enabled, description) VALUES ($1, $2, $3)
ON CONFLICT (key) DO UPDATE SET
  enabled = excluded.enabled,
  description = coalesce(excluded.description, feature_flags.description)
RETURNING *
