INSERT INTO rental.refund (mchid, out_refund_no, out_trade_no, item_no, kind, amount_fen, status, created_at) VALUES
    ('1900000109', 'XR051105', 'P051105', 1, 'RENT', 4000, 'SUCCESS', '2026-05-11 18:30:00+08'),
    ('1900000109', 'XR051106', 'P051105', 1, 'RENT', 1000, 'SUCCESS', '2026-05-11 19:30:00+08');
