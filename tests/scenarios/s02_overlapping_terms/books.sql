INSERT INTO rental.store_terms (mchid, store_id, kind, valid_from, valid_to, share_ppm, fixed_fen, fee_bearer, cycle, hold_days, min_payout_fen) VALUES
    ('1900000109', 'S1', 'RENT', '2026-05-11', NULL, 800000, 0, 'STORE', 'DAY', 0, 0);
