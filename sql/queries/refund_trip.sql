-- Trips the breaker of a merchant's refunds.
-- params: mchid text, reason text, now instant
-- columns: none
SELECT recon.hold_refunds($1, 'TRIPPED', $2, NULL, NULL, $3)
