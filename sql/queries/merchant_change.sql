-- Leaves an event and does what it says. False when the merchant is suspended, or resumed, already, or when this exchange of keys is written
-- down already.
-- params: mchid text, change text, detail text, reason text, at instant, rotation text
-- columns: changed bool
SELECT recon.merchant_change($1, $2, $3, $4, $5, $6) AS changed
