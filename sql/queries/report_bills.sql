-- Bills of a day, all versions.
-- params: mchid text, bill_day date
-- columns: kind text, version int4, state text, used bool, received_sha256 text null, received_bytes int8, received_at instant
SELECT b.kind, b.version, b.state,
       COALESCE(b.version = CASE b.kind WHEN 'TRADE_ALL' THEN d.trade_version WHEN 'FUND_BASIC' THEN d.fund_version END, false) AS used,
       b.received_sha256, b.received_bytes, b.received_at
  FROM recon.bill_file b
  LEFT JOIN recon.day d ON d.mchid = b.mchid AND d.bill_day = b.bill_day
 WHERE b.mchid = $1 AND b.bill_day = $2
 ORDER BY b.kind DESC, b.version
