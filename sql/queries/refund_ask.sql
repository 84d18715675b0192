-- Asks for deposits to be given back, in the name of this login, each with its reason; all of them, or it raises. In the order given.
-- params: mchid text, deposit_ids texts, reasons texts, now instant
-- columns: place int8, refund_no text, amount_fen int8
SELECT place, refund_no, amount_fen FROM recon.request_deposit_refunds($1, $2, $3, $4)
