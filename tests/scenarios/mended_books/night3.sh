sql "UPDATE rental.payment SET amount_fen = 4500 WHERE out_trade_no = 'P051105'"
sql "UPDATE rental.payment_item SET amount_fen = 4500 WHERE out_trade_no = 'P051105'"
run payrecon-reconcile --day 2026-05-11
