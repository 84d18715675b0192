-- Rows under numbers of ours of a day, before they are made anew.
-- params: mchid text, bill_day date
-- columns: none
DELETE FROM recon.refund_bill_row WHERE mchid = $1 AND bill_day = $2
