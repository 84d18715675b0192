-- Why deposits of a list cannot be asked for now, in the list's order; those that can are not in the answer. The same rules as recon.request_deposit_refund.
-- params: mchid text, deposit_ids texts, now instant
-- columns: place int8, problem text
SELECT place, problem FROM recon.refund_problems($1, $2, $3) ORDER BY place
