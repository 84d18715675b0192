-- The bills that a day was reconciled with.
-- params: mchid text, bill_day date, trade_version int4, fund_version int4
-- columns: kind text, version int4, received_sha256 text null, plain_sha1 text null, received_bytes int8, plain_bytes int8 null
SELECT kind, version, received_sha256, plain_sha1, received_bytes, plain_bytes
  FROM recon.bill_file
 WHERE mchid = $1 AND bill_day = $2
   AND ((kind = 'TRADE_ALL' AND version = $3) OR (kind = 'FUND_BASIC' AND version = $4))
 ORDER BY kind DESC
