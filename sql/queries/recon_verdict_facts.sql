-- What the verdict of a day rests on, but for its findings.
-- params: mchid text, bill_day date
-- columns: reconciled bool, identities int8, failing int8
SELECT d.stage IN ('RECONCILED', 'SETTLED') AS reconciled,
       (SELECT count(*) FROM recon.identity i WHERE i.mchid = d.mchid AND i.bill_day = d.bill_day) AS identities,
       (SELECT count(*) FROM recon.identity i
         WHERE i.mchid = d.mchid AND i.bill_day = d.bill_day AND NOT i.holds) AS failing
  FROM recon.day d
 WHERE d.mchid = $1 AND d.bill_day = $2
