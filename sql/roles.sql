-- Roles of payrecon and what each may do. Run by the database's owner after `payrecon migrate`, and again after each upgrade: it may be repeated.
--
--     psql --single-transaction --set ON_ERROR_STOP=1 --file sql/roles.sql
--
--     payrecon_job          runs the nightly work: reads rental, writes recon; sets merchants up and edits them
--     payrecon_finance      reads both schemas; suspends and resumes merchants; accepts findings, two logins each
--     payrecon_ops_maker    reads both; requests refunds
--     payrecon_ops_checker  reads both; approves refunds
--     payrecon_auditor      reads recon and rental, changes nothing
--
-- Each may log in; passwords or certificates are given by the administrator, none is set here. They are roles to be logged in with, one
-- for each person or GRANTed to one: who did something is session_user. No table of recon may be emptied or have rows deleted by any of them.

DO $roles$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['payrecon_job', 'payrecon_finance', 'payrecon_ops_maker', 'payrecon_ops_checker', 'payrecon_auditor']
    LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        EXCEPTION
            -- Roles belong to the server: another database's run may have made it, even at this moment.
            WHEN duplicate_object OR unique_violation THEN NULL;
        END;
        IF EXISTS (SELECT FROM pg_catalog.pg_roles
                    WHERE rolname = role
                      AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls OR NOT rolcanlogin)) THEN
            EXECUTE format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', role);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
        -- What an earlier version granted and this one does not must not stay.
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA recon, rental FROM %I', role);
        EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM %I', role);
        EXECUTE format('REVOKE ALL ON SCHEMA recon, rental FROM %I', role);
        EXECUTE format('GRANT USAGE ON SCHEMA recon, rental TO %I', role);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA recon, rental TO %I', role);
    END LOOP;
END
$roles$;

-- Nobody but the named roles: a database of the same server may have other users.
REVOKE ALL ON SCHEMA recon, rental FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA recon, rental FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM PUBLIC;

-- The job writes what it finds out. Evidence, findings, events and statements are only ever added to or, where a row has a state, updated;
-- what a run computes anew from evidence for a bill day (entries, identities, parts) is replaced in one transaction.
GRANT INSERT ON ALL TABLES IN SCHEMA recon TO payrecon_job;
REVOKE INSERT ON recon.schema_migration, recon.merchant_event, recon.finding_proposal, recon.finding_acceptance FROM payrecon_job;
GRANT UPDATE ON recon.day, recon.finding, recon.identity TO payrecon_job;
GRANT DELETE ON recon.entry_block, recon.identity, recon.settle_part TO payrecon_job;
-- A view's functions run with the rights of who reads it.
GRANT EXECUTE ON FUNCTION recon.entry_lines(text)
    TO payrecon_job, payrecon_finance, payrecon_ops_maker, payrecon_ops_checker, payrecon_auditor;
DO $grants$
DECLARE
    function regprocedure;
BEGIN
    FOR function IN
        SELECT p.oid::regprocedure
          FROM pg_catalog.pg_proc p
          JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname = 'recon' AND p.proname LIKE 'make\_%\_partition'
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO payrecon_job', function);
    END LOOP;
END
$grants$;

-- Who sets merchants up also suspends and resumes them; finance may stop and go on with a merchant, too. Both leave their login.
GRANT EXECUTE ON FUNCTION recon.merchant_change(text, text, text, text, timestamptz, text) TO payrecon_job, payrecon_finance;
GRANT EXECUTE ON FUNCTION recon.merchant_edit(text, text, integer, text, text, text[], text, text, timestamptz) TO payrecon_job;

-- A finding is accepted by two logins of finance, never by one, never by the job.
GRANT EXECUTE ON FUNCTION recon.finding_propose(text, text, text, timestamptz), recon.finding_confirm(text, text, integer, timestamptz)
    TO payrecon_finance;
