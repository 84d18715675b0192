-- Why deposits of a list cannot be asked for now, in the list's order; those that can are not in the answer. The same rules as recon.request_deposit_refund.
-- params: mchid text, deposit_ids texts, now instant
-- columns: place int8, problem text
WITH checked AS (
    SELECT n.place,
           CASE WHEN EXISTS (SELECT FROM recon.refund_request r
                              WHERE r.mchid = $1 AND r.deposit_id = n.deposit_id
                                AND r.state IN ('REQUESTED', 'APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'ABNORMAL'))
                THEN 'it has a request already'
                ELSE recon.deposit_obstacle($1, n.deposit_id, NULL, $3) END AS problem
      FROM unnest($2) WITH ORDINALITY AS n (deposit_id, place)
)
SELECT place, problem FROM checked WHERE problem IS NOT NULL ORDER BY place
