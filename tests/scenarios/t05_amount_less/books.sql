UPDATE rental.payment SET amount_fen = 2100 WHERE out_trade_no = 'P051101';
UPDATE rental.payment_item SET amount_fen = 2100 WHERE out_trade_no = 'P051101';
