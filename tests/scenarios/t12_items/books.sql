UPDATE rental.payment_item SET amount_fen = 400 WHERE out_trade_no = 'P051103' AND kind = 'INSURANCE';
