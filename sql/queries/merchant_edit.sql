-- Changes what is not NULL of a merchant and leaves an event. What changed, in words; NULL when nothing did.
-- params: mchid text, name text, rate_ppm int4, contact_name text, contact_mobile text, appids texts, store_appid text, reason text, at instant
-- columns: changes text null
SELECT recon.merchant_edit($1, $2, $3, $4, $5, $6, $7, $8, $9) AS changes
