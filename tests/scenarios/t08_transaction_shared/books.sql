INSERT INTO rental.payment (mchid, out_trade_no, appid, transaction_id, amount_fen, status, paid_at, created_at, updated_at) VALUES
    ('1900000109', 'X051105', 'wx8d1f2a90c4e7b653', '4200002026051100000000000005', 4500, 'PAID', '2026-05-11 17:45:14+08', '2026-05-11 17:45:00+08', '2026-05-11 17:45:14+08');
INSERT INTO rental.payment_item (mchid, out_trade_no, item_no, kind, rental_no, store_id, amount_fen) VALUES
    ('1900000109', 'X051105', 1, 'RENT', 'R051105', 'S3', 4500);
