UPDATE rental.payment_item SET store_id = NULL WHERE out_trade_no = 'P051105';
