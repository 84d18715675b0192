-- Totals of the trade bill as reconciling proved them: the left sides of the identities about its rows and refunds.
-- params: mchid text, bill_day date
-- columns: name text, left_count int8, left_fen int8
SELECT name, left_count, left_fen
  FROM recon.identity
 WHERE mchid = $1 AND bill_day = $2 AND name IN ('trade rows', 'refunds')
