UPDATE rental.payment SET status = 'CREATED', paid_at = NULL, transaction_id = NULL WHERE out_trade_no = 'P051105';
INSERT INTO rental.refund (mchid, out_refund_no, out_trade_no, item_no, kind, amount_fen, status, created_at) VALUES
    ('1900000109', 'XR051101', 'P051105', 1, 'RENT', 4500, 'SUCCESS', '2026-05-11 18:29:58+08');
