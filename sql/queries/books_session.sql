-- Memory for the joins and sums of a large day, and how many processes may help with one query (NULL: as many as ever); for this transaction only. A small day takes little of it.
-- params: work_mem text, workers text null
-- columns: work_mem text, workers text
SELECT pg_catalog.set_config('work_mem', $1, true) AS work_mem,
       pg_catalog.set_config('max_parallel_workers_per_gather', COALESCE($2, pg_catalog.current_setting('max_parallel_workers_per_gather')), true) AS workers
