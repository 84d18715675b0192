INSERT INTO rental.payment TABLE rental.kept_payment;
INSERT INTO rental.payment_item TABLE rental.kept_item;
INSERT INTO rental.deposit TABLE rental.kept_deposit;
INSERT INTO rental.refund TABLE rental.kept_refund;
