ALTER TABLE rental.payment_item_gone RENAME TO payment_item;
