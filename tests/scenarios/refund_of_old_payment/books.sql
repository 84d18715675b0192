INSERT INTO rental.payment (mchid, out_trade_no, appid, transaction_id, amount_fen, status, paid_at, created_at, updated_at) VALUES
    ('1900000109', 'W120501', 'wx8d1f2a90c4e7b653', '4200002025120500000000000001', 29900, 'PAID', '2025-12-05 12:00:02+08', '2025-12-05 11:59:00+08', '2025-12-05 12:00:02+08');
INSERT INTO rental.payment_item (mchid, out_trade_no, item_no, kind, rental_no, store_id, amount_fen) VALUES
    ('1900000109', 'W120501', 1, 'DEPOSIT', 'W1205', 'S2', 29900);
INSERT INTO rental.deposit (mchid, deposit_id, out_trade_no, item_no, rental_no, store_id, amount_fen, waived, status) VALUES
    ('1900000109', 'DW1205', 'W120501', 1, 'W1205', 'S2', 29900, false, 'REFUNDED');
INSERT INTO rental.refund (mchid, out_refund_no, out_trade_no, item_no, kind, amount_fen, status, created_at) VALUES
    ('1900000109', 'WR051101', 'W120501', 1, 'DEPOSIT', 29900, 'SUCCESS', '2026-05-11 15:59:58+08');
