-- Deposits due since before the deadline and not given back yet (R10): how many, and what they come to.
-- params: mchid text, deadline instant
-- columns: deposits int8, overdue_fen int8
SELECT deposits, overdue_fen FROM recon.refunds_overdue($1, $2)
