INSERT INTO rental.refund (mchid, out_refund_no, out_trade_no, item_no, kind, amount_fen, status, created_at)
VALUES ('1900000109', 'PR051191', 'P051001', 1, 'RENT', 7700, 'CLOSED', '2026-05-11 12:00+08');
