-- Settings of every session: names are qualified, instants are UTC, nothing waits for ever.
-- params: timeout text
-- columns: search_path text, time_zone text, timeout text
SELECT pg_catalog.set_config('search_path', '', false) AS search_path,
       pg_catalog.set_config('TimeZone', 'UTC', false) AS time_zone,
       pg_catalog.set_config('statement_timeout', $1, false) AS timeout
