-- Adds a merchant; nothing happens when the number is taken.
-- params: mchid text, name text, mode text, sp_mchid text, rate_ppm int4, fund_account text, first_day date, created_at instant
-- columns: none
INSERT INTO recon.merchant (mchid, name, mode, sp_mchid, rate_ppm, fund_account, first_day, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (mchid) DO NOTHING
