-- Purpose: the lowest transaction that may still write events; every lower one has ended.
SELECT pg_snapshot_xmin(pg_current_snapshot()) AS horizon
