-- Session advisory lock by name. No table is named: on Citus the lock is then taken on the coordinator's connection.
-- params: name text
-- columns: held bool
SELECT pg_catalog.pg_try_advisory_lock(pg_catalog.hashtextextended($1, 0)) AS held
