CREATE TABLE rental.kept_item AS TABLE rental.payment_item;
CREATE TABLE rental.kept_payment AS TABLE rental.payment;
CREATE TABLE rental.kept_deposit AS TABLE rental.deposit;
CREATE TABLE rental.kept_refund AS TABLE rental.refund;
DELETE FROM rental.refund;
DELETE FROM rental.deposit;
DELETE FROM rental.payment_item;
DELETE FROM rental.payment;
