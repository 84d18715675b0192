-- Payments with refunds since an instant that may come to more than they may: one that is more than was paid, or more than is left of its deposit, or several of one payment. Costs little for a day of a hundred thousand refunds.
-- params: mchid text, since instant
-- columns: out_trade_no text
SELECT f.out_trade_no FROM rental.refund f JOIN rental.payment p ON p.mchid = $1 AND p.out_trade_no = f.out_trade_no
 WHERE f.mchid = $1 AND f.created_at >= $2 AND f.amount_fen > p.amount_fen
 UNION
SELECT f.out_trade_no FROM rental.refund f JOIN rental.deposit d ON d.mchid = $1 AND d.out_trade_no = f.out_trade_no
 WHERE f.mchid = $1 AND f.created_at >= $2 AND (f.item_no = d.item_no OR f.item_no IS NULL AND f.kind = 'DEPOSIT')
   AND f.amount_fen > d.amount_fen - (SELECT COALESCE(sum(x.amount_fen), 0) FROM rental.deposit_deduction x
                                       WHERE x.mchid = $1 AND x.deposit_id = d.deposit_id AND x.approved_at IS NOT NULL AND x.voided_at IS NULL)
 UNION
SELECT f.out_trade_no FROM rental.refund f
 WHERE f.mchid = $1 AND f.created_at >= $2
   AND EXISTS (SELECT FROM rental.refund g WHERE g.mchid = $1 AND g.out_trade_no = f.out_trade_no AND g.out_refund_no <> f.out_refund_no)
