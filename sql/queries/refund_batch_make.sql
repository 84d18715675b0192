-- Puts the named requests, or all that wait, into a list for the checker. Raises when it cannot be.
-- params: mchid text, refund_nos texts, every bool, expires_at instant, now instant
-- columns: batch_no int4
SELECT recon.make_refund_batch($1, CASE WHEN $3 THEN NULL ELSE $2 END, $4, $5) AS batch_no
