-- Adds a mini program to a merchant.
-- params: mchid text, appid text, side text
-- columns: none
INSERT INTO recon.merchant_app (mchid, appid, side)
VALUES ($1, $2, $3)
