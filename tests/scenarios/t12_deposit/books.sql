UPDATE rental.deposit SET amount_fen = 19900 WHERE out_trade_no = 'P051103';
