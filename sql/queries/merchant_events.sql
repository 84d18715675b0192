-- What people did to a merchant, oldest first.
-- params: mchid text
-- columns: at instant, who text, change text, detail text null, reason text
SELECT at, who, change, detail, reason
FROM recon.merchant_event
WHERE mchid = $1
ORDER BY event_no
