INSERT INTO rental.payment (mchid, out_trade_no, appid, transaction_id, amount_fen, status, paid_at, created_at, updated_at) VALUES
    ('1900000109', 'X051001', 'wx8d1f2a90c4e7b653', '4200002026051000000000000091', 2600, 'PAID', '2026-05-10 15:00:00+08', '2026-05-10 14:59:40+08', '2026-05-10 15:00:00+08');
INSERT INTO rental.payment_item (mchid, out_trade_no, item_no, kind, rental_no, store_id, amount_fen) VALUES
    ('1900000109', 'X051001', 1, 'RENT', 'RX051001', 'S1', 2600);
