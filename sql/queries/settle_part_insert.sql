-- One part of a day's money.
-- params: mchid text, bill_day date, part text, key text, payment_items int8, payment_fen int8, refund_items int8, refund_fen int8, fee_millifen int8
-- columns: none
INSERT INTO recon.settle_part (mchid, bill_day, part, key, payment_items, payment_fen, refund_items, refund_fen, fee_millifen)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
