-- Deposits taken with the payments whose numbers lie in a range, waived ones left out; rows_max of them at most.
-- params: mchid text, from_no text, to_no text, rows_max int8
-- columns: out_trade_no text null, item_no int8 null, amount_fen int8
SELECT out_trade_no, item_no::bigint, amount_fen
  FROM rental.deposit
 WHERE mchid = $1 AND out_trade_no >= $2 AND out_trade_no < $3 AND NOT waived
 LIMIT $4
