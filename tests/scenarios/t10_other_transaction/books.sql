UPDATE rental.payment SET transaction_id = '4200002026051100000000000777' WHERE out_trade_no = 'P051101';
