DELETE FROM rental.deposit WHERE out_trade_no = 'P051102';
