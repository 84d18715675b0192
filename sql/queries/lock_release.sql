-- Gives an advisory lock of this session back.
-- params: name text
-- columns: released bool
SELECT pg_catalog.pg_advisory_unlock(pg_catalog.hashtextextended($1, 0)) AS released
