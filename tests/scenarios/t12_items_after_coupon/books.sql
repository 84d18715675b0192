UPDATE rental.payment SET amount_fen = 4000 WHERE out_trade_no = 'P051105';
UPDATE rental.payment_item SET amount_fen = 3950 WHERE out_trade_no = 'P051105';
