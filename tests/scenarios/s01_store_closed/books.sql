UPDATE rental.store SET closed_on = '2026-05-10' WHERE store_id = 'S2';
