INSERT INTO rental.deposit (mchid, deposit_id, out_trade_no, item_no, rental_no, store_id, amount_fen, waived, status) VALUES
    ('1900000109', 'DW051101', NULL, NULL, 'RW051101', 'S1', 19900, true, 'HELD'),
    ('1900000109', 'DW051102', 'P051101', 1, 'R051101', 'S1', 29900, true, 'HELD');
