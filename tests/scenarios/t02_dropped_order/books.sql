UPDATE rental.payment SET status = 'CREATED', paid_at = NULL, transaction_id = NULL WHERE out_trade_no = 'P051105';
