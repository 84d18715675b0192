-- Makes the month's partition of entries when it is missing.
-- params: bill_day date
-- columns: none
SELECT recon.make_entry_partition($1)
