-- Lets refunds of a merchant be sent again. False when they may be already.
-- params: mchid text, reason text, now instant
-- columns: reset bool
SELECT recon.reset_refund_breaker($1, $2, $3) AS reset
