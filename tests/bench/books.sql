-- Loads the books that bench-gen wrote into the reference platform: psql -v stores=N -v day=D -v mchid=M, in the folder of the
-- files. Analysed and with hint bits, as the tables of a platform that runs are.
INSERT INTO rental.store (mchid, store_id, name, contact, opened_on, closed_on)
SELECT :'mchid', 'S' || lpad(i::text, 5, '0'), '第' || i || '号门店', NULL, '2024-01-01', NULL
FROM generate_series(1, :stores) AS i;

INSERT INTO rental.store_terms (mchid, store_id, kind, valid_from, valid_to, share_ppm, fixed_fen,
    fee_bearer, cycle, hold_days, min_payout_fen)
SELECT :'mchid', 'S' || lpad(i::text, 5, '0'), kind, '2024-01-01', NULL, 500000 + i % 9 * 25000, 0, 'STORE', 'DAY', 0, 0
FROM generate_series(1, :stores) AS i, (VALUES ('RENT'), ('INSURANCE')) AS kinds (kind);

\copy rental.payment (mchid, out_trade_no, sub_mchid, appid, transaction_id, amount_fen, status, paid_at, created_at, updated_at) FROM 'payment.copy'
\copy rental.payment_item (mchid, out_trade_no, item_no, kind, rental_no, store_id, amount_fen) FROM 'payment_item.copy'
\copy rental.deposit (mchid, deposit_id, out_trade_no, item_no, rental_no, store_id, amount_fen, waived, status, due_at) FROM 'deposit.copy'
\copy rental.refund (mchid, out_refund_no, out_trade_no, item_no, kind, amount_fen, status, created_at) FROM 'refund.copy'

INSERT INTO rental.contract_meta (mchid, contract_version, watermark_at)
VALUES (:'mchid', 1, (:'day'::date + 1 + time '06:00') AT TIME ZONE 'Asia/Shanghai');

VACUUM (ANALYZE) rental.payment, rental.payment_item, rental.deposit, rental.refund, rental.store, rental.store_terms;
