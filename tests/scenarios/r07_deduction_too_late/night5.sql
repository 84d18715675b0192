UPDATE rental.deposit_deduction SET voided_at = '2026-05-15 09:00+08' WHERE deduction_id = 'X1';
