-- Purpose: counts the refusals that no counter of their own is for (trust.record_refusal), so that none goes uncounted.
CREATE SEQUENCE IF NOT EXISTS trust.refused_other;
