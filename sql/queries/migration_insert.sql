-- Notes a migration as applied, in its own transaction.
-- params: version int4, name text, sha256 text
-- columns: none
INSERT INTO recon.schema_migration (version, name, sha256, applied_at)
VALUES ($1, $2, $3, pg_catalog.transaction_timestamp())
