-- Trips the breaker, lets the queue wait for funds, or go on after it has waited.
-- params: mchid text, state text, reason text, needed_fen int8, next_at instant, at instant
-- columns: none
SELECT recon.hold_refunds($1, $2, $3, $4, $5, $6)
