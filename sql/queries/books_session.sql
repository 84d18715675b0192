-- Memory for the joins and sums of a large day; for this transaction only. A small day takes little of it.
-- params: work_mem text
-- columns: work_mem text
SELECT pg_catalog.set_config('work_mem', $1, true) AS work_mem
