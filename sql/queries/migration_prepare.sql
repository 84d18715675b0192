-- Makes the schema and the migrator's own table. It is the one table without mchid: it is about the schema and not about a merchant.
-- params: none
-- columns: none
DO $prepare$
BEGIN
    CREATE SCHEMA IF NOT EXISTS recon;
    COMMENT ON SCHEMA recon IS 'What payrecon found out: evidence, entries, findings, verdicts, statements';
    CREATE TABLE IF NOT EXISTS recon.schema_migration (
        version integer NOT NULL,
        name text NOT NULL,
        sha256 text NOT NULL,
        applied_at timestamptz NOT NULL,
        applied_by text NOT NULL DEFAULT CURRENT_USER,
        CONSTRAINT schema_migration_key PRIMARY KEY (version)
    );
    COMMENT ON TABLE recon.schema_migration IS 'Migrations applied to this database';
    COMMENT ON COLUMN recon.schema_migration.version IS 'Number in the name of the file';
    COMMENT ON COLUMN recon.schema_migration.name IS 'The rest of its name';
    COMMENT ON COLUMN recon.schema_migration.sha256 IS 'SHA-256 of the file''s text when it was applied; an applied file never changes';
    COMMENT ON COLUMN recon.schema_migration.applied_at IS 'When';
    COMMENT ON COLUMN recon.schema_migration.applied_by IS 'Database login that applied it';
END
$prepare$
