sql "UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-14 10:00+08' WHERE deposit_id = 'D051003'; DELETE FROM rental.refund WHERE out_refund_no LIKE 'DR%'"
pretend_refund D051003 SUCCESS '2026-05-11 18:00+08' 5030002026051200000000000091
run payrecon-reconcile --day 2026-05-11
