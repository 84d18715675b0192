ALTER TABLE rental.payment_item RENAME TO payment_item_gone;
