UPDATE rental.payment SET status = 'CLOSED', paid_at = NULL, transaction_id = NULL WHERE out_trade_no = 'P051101';
