-- Purpose: whether the schema trust was there before this transaction. Then what is in it is its owner's, who could have
-- put code there that would run with the rights of whoever provisions: nothing of it is called, not even to mark.
SELECT to_regnamespace('trust') IS NOT NULL AS has_schema;
