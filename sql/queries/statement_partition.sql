-- Makes the month's partition of statement items when it is missing.
-- params: period_from date
-- columns: none
SELECT recon.make_statement_partition($1)
