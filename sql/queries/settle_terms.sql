-- Terms of a merchant's stores that hold on a day.
-- params: mchid text, bill_day date
-- columns: store_id text, kind text, valid_from date, valid_to date null, share_ppm int8, fixed_fen int8, fee_bearer text, cycle text, hold_days int8, min_payout_fen int8
SELECT store_id, kind, valid_from, valid_to, share_ppm::bigint AS share_ppm, fixed_fen, fee_bearer,
       cycle, hold_days::bigint AS hold_days, min_payout_fen
  FROM rental.store_terms
 WHERE mchid = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2)
