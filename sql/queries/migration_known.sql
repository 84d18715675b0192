-- Whether any migration was ever applied here.
-- params: none
-- columns: known bool
SELECT pg_catalog.to_regclass('recon.schema_migration') IS NOT NULL AS known
