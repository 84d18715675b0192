-- Findings about deposits and our refunds of them that stand, and whether a query has proved the refund since.
-- params: mchid text
-- columns: bill_day date, key text, code text, channel_fen int8 null, books_fen int8 null, proved bool
SELECT f.bill_day, f.key, f.code, f.channel_fen, f.books_fen,
       EXISTS (SELECT FROM recon.refund_request r
                WHERE r.mchid = $1 AND r.state IN ('SUCCESS', 'CONFIRMED') AND r.resolved_no IS NULL
                  AND (f.code IN ('R04', 'R05') AND r.refund_no = f.key
                       OR f.code IN ('R06', 'R10') AND r.deposit_id = f.evidence ->> 'deposit_id' AND r.state_at >= f.first_seen)) AS proved
  FROM recon.finding f
 WHERE f.mchid = $1 AND f.leg = 'DEPOSIT' AND f.state <> 'RESOLVED'
