-- The newest version of each statement of a period, with the lines of its summary.
-- params: mchid text, period_from date
-- columns: store_id text, version int4, content_sha256 text, line text, item_count int8, amount_fen int8
SELECT s.store_id, s.version, s.content_sha256, l.line, l.item_count, l.amount_fen
  FROM recon.statement s
  JOIN recon.statement_line l
    ON l.mchid = s.mchid AND l.store_id = s.store_id AND l.period_from = s.period_from AND l.version = s.version
 WHERE s.mchid = $1 AND s.period_from = $2
   AND s.version = (SELECT max(n.version) FROM recon.statement n
                     WHERE n.mchid = s.mchid AND n.store_id = s.store_id AND n.period_from = s.period_from)
 ORDER BY s.store_id
