UPDATE rental.store_terms SET valid_to = '2026-05-10' WHERE store_id = 'S3';
