-- Memory for the join of a large day's payments and items; for this transaction only. A small day takes little of it.
-- params: work_mem text
-- columns: work_mem text
SELECT pg_catalog.set_config('work_mem', $1, true) AS work_mem
