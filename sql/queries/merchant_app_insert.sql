-- Adds a mini program to a merchant.
-- params: mchid text, appid text
-- columns: none
INSERT INTO recon.merchant_app (mchid, appid)
VALUES ($1, $2)
