-- Lets the next run ask WeChat Pay about a refund. Raises when there is nothing to ask.
-- params: mchid text, refund_no text, now instant
-- columns: none
SELECT recon.query_refund($1, $2, $3)
