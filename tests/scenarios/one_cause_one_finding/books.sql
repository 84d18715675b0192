UPDATE rental.payment SET amount_fen = 4400 WHERE out_trade_no = 'P051005';
UPDATE rental.payment_item SET amount_fen = 4400 WHERE out_trade_no = 'P051005';
