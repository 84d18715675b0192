-- Findings of a day by class and state, plus and minus apart; what two people accepted is told apart from what else is resolved.
-- params: mchid text, bill_day date
-- columns: code text, state text, plus_count int8, plus_fen int8, minus_count int8, minus_fen int8
SELECT code, state || CASE WHEN accepted_no IS NULL THEN '' ELSE ' accepted' END AS state,
       count(*) FILTER (WHERE diff_fen >= 0) AS plus_count,
       COALESCE(sum(diff_fen) FILTER (WHERE diff_fen >= 0), 0)::bigint AS plus_fen,
       count(*) FILTER (WHERE diff_fen < 0) AS minus_count,
       COALESCE(sum(diff_fen) FILTER (WHERE diff_fen < 0), 0)::bigint AS minus_fen
  FROM recon.finding
 WHERE mchid = $1 AND bill_day = $2
 GROUP BY code, state, accepted_no IS NULL
 ORDER BY code, state, accepted_no IS NULL DESC
