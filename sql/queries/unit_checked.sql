-- The bills of a day have been held against WeChat Pay's.
-- params: mchid text, bill_day date, checked_at instant
-- columns: none
UPDATE recon.day SET checked_at = $3
WHERE mchid = $1 AND bill_day = $2
