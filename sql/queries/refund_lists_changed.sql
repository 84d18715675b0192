-- Approved batches of which something may still be sent and whose list is not the one that was approved: another hash, count or total, or no act that says so.
-- params: mchid text
-- columns: batch_no int4
SELECT batch_no FROM recon.refund_lists_changed($1) ORDER BY batch_no
