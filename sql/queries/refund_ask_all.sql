-- Makes refunds that bills contradict due for a query.
-- params: mchid text, now instant
-- columns: asked int4
SELECT recon.ask_refunds($1, $2) AS asked
