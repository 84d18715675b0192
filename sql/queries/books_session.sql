-- Settings for reading a large day, for this transaction only: memory for the join of payments and items, and one more process for it.
-- params: work_mem text
-- columns: work_mem text, workers text, tuple_cost text, setup_cost text
SELECT pg_catalog.set_config('work_mem', $1, true) AS work_mem,
       pg_catalog.set_config('max_parallel_workers_per_gather', '1', true) AS workers,
       pg_catalog.set_config('parallel_tuple_cost', '0.001', true) AS tuple_cost,
       pg_catalog.set_config('parallel_setup_cost', '100', true) AS setup_cost
