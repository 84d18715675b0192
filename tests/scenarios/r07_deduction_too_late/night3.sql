INSERT INTO rental.deposit_deduction VALUES ('1900000109', 'X1', 'D051003', 2000, 'DAMAGE', 'a', 'b', '2026-05-13 09:00+08', NULL);
