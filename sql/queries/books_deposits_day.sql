-- Deposits taken with the payments of a span of time: how many, and the sum of the deposit items that have one of their amount. Items with none, with two or with another amount are not in the sum, so that differences never cancel out.
-- params: mchid text, from_at instant, to_at instant
-- columns: deposits int8, fen int8
SELECT COALESCE(sum(g.deposits), 0)::bigint AS deposits, COALESCE(sum(g.fen), 0)::bigint AS fen
  FROM (SELECT count(*) AS deposits, i.amount_fen AS fen
          FROM rental.payment p
          JOIN rental.deposit d ON d.mchid = $1 AND d.out_trade_no = p.out_trade_no AND NOT d.waived
          LEFT JOIN rental.payment_item i
            ON i.mchid = $1 AND i.out_trade_no = d.out_trade_no AND i.item_no = d.item_no
               AND i.kind = 'DEPOSIT' AND i.amount_fen = d.amount_fen
         WHERE p.mchid = $1 AND p.paid_at >= $2 AND p.paid_at < $3 AND p.status = 'PAID'
         GROUP BY i.out_trade_no, i.item_no, i.amount_fen) g
