-- Statement timeout of the session; the text is milliseconds, "0" for none.
-- params: timeout text
-- columns: timeout text
SELECT pg_catalog.set_config('statement_timeout', $1, false) AS timeout
