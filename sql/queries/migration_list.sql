-- Migrations applied, oldest first.
-- params: none
-- columns: version int4, name text, sha256 text
SELECT version, name, sha256
  FROM recon.schema_migration
 ORDER BY version
