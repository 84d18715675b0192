DELETE FROM rental.refund WHERE out_refund_no LIKE 'PR0511%';
DELETE FROM rental.deposit WHERE out_trade_no LIKE 'P0511%';
DELETE FROM rental.payment_item WHERE out_trade_no LIKE 'P0511%';
DELETE FROM rental.payment WHERE out_trade_no LIKE 'P0511%';
