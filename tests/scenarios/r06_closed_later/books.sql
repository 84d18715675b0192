UPDATE rental.deposit SET status = 'REFUND_DUE', due_at = '2026-05-11 10:00+08' WHERE deposit_id = 'D051003';
