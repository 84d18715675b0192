-- Whom to call about a merchant. Personal data.
-- params: mchid text
-- columns: name text, mobile text
SELECT name, mobile
FROM recon.merchant_contact
WHERE mchid = $1
