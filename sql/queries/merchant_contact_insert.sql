-- Adds the contact of a merchant.
-- params: mchid text, name text, mobile text, added_at instant
-- columns: none
INSERT INTO recon.merchant_contact (mchid, name, mobile, added_at)
VALUES ($1, $2, $3, $4)
