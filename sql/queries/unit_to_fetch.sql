-- Days whose bills are to be fetched, first the missing, each oldest first: missing; with mend those whose bills could not be used; from recheck_from on those last looked at before checked_before.
-- params: mchid text, at instant, mend bool, recheck_from date, checked_before instant
-- columns: bill_day date, again bool
SELECT bill_day, stage <> 'DUE' AS again
FROM recon.day
WHERE mchid = $1
  AND (((next_try_at IS NULL OR next_try_at <= $2)
        AND (stage = 'DUE' OR ($3 AND verdict = 'INCOMPLETE' AND reason NOT LIKE 'E09%')))
       OR (stage <> 'DUE' AND bill_day >= $4 AND (checked_at IS NULL OR checked_at < $5)
           AND (next_try_at IS NULL OR next_try_at <= $2)))
ORDER BY again, bill_day
