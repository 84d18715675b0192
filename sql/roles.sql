-- Roles of payrecon and what each may do. Run by the database's owner after `payrecon migrate`, and again after each upgrade: it may be repeated.
--
--     psql --single-transaction --set ON_ERROR_STOP=1 --file sql/roles.sql
--
--     payrecon_job          runs the nightly work: reads rental, writes recon; sets merchants up and edits them; sends approved refunds
--     payrecon_finance      reads both schemas; suspends and resumes merchants; accepts findings, two logins each
--     payrecon_ops_maker    reads both; requests refunds and puts them before the checker; proposes what became of one in doubt
--     payrecon_ops_checker  reads both; approves and rejects refunds, resets the breaker; confirms what became of one in doubt
--     payrecon_auditor      reads recon and rental, changes nothing
--     payrecon_platform     the rental platform: requests refunds and reads recon_out, nothing else
--
-- Each may log in; passwords or certificates are given by the administrator, none is set here. They are roles to be logged in with, one
-- for each person or GRANTed to one: who did something is session_user. No table of recon may be emptied or have rows deleted by any of them.

DO $roles$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['payrecon_job', 'payrecon_finance', 'payrecon_ops_maker', 'payrecon_ops_checker', 'payrecon_auditor',
                                 'payrecon_platform']
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
        EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA recon, recon_out, rental FROM %I', role);
        EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM %I', role);
        EXECUTE format('REVOKE ALL ON SCHEMA recon, recon_out, rental FROM %I', role);
        EXECUTE format('GRANT USAGE ON SCHEMA recon, recon_out TO %I', role);
        EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA recon_out TO %I', role);
        IF role <> 'payrecon_platform' THEN
            EXECUTE format('GRANT USAGE ON SCHEMA rental TO %I', role);
            EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA recon, rental TO %I', role);
        END IF;
    END LOOP;
END
$roles$;

-- Nobody but the named roles: a database of the same server may have other users.
REVOKE ALL ON SCHEMA recon, recon_out, rental FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA recon, recon_out, rental FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM PUBLIC;

-- The job writes what it finds out. Evidence, findings, events and statements are only ever added to or, where a row has a state, updated;
-- what a run computes anew from evidence for a bill day (entries, identities, parts) is replaced in one transaction.
GRANT INSERT ON ALL TABLES IN SCHEMA recon TO payrecon_job;
REVOKE INSERT ON recon.schema_migration, recon.merchant_event, recon.finding_proposal, recon.finding_acceptance, recon.refund_queue, recon.refund_act, recon.refund_batch, recon.refund_request,
                 recon.refund_event, recon.refund_call, recon.refund_proposal, recon.refund_resolution
    FROM payrecon_job;
GRANT UPDATE ON recon.day, recon.finding, recon.identity TO payrecon_job;
GRANT DELETE ON recon.entry_block, recon.identity, recon.settle_part, recon.refund_bill_row, recon.fund_balance TO payrecon_job;
-- A view's functions run with the rights of who reads it.
GRANT EXECUTE ON FUNCTION recon.entry_lines(date, text, text), recon.entry_item_kind(text)
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

-- Refunds change by functions only: the maker asks, the checker decides, the job sends what was approved. Nobody has two of these.
GRANT EXECUTE ON FUNCTION recon.deposit_facts(text, text, text), recon.deposit_obstacle(text, text, text, timestamptz),
                          recon.refund_may(text, text), recon.refund_list_hash(text, integer, timestamptz),
                          recon.refund_resolve_obstacle(text, text, text, timestamptz),
                          recon.refund_problems(text, text[], timestamptz), recon.refunds_due(text, timestamptz, timestamptz),
                          recon.refunds_overdue(text, timestamptz), recon.refund_batch_items(text, integer, timestamptz),
                          recon.refund_lists_changed(text)
    TO payrecon_job, payrecon_finance, payrecon_ops_maker, payrecon_ops_checker, payrecon_auditor;
GRANT EXECUTE ON FUNCTION recon.request_deposit_refund(text, text, text, timestamptz),
                          recon.request_deposit_refunds(text, text[], text[], timestamptz), recon.withdraw_refund_request(text, text, text, timestamptz),
                          recon.make_refund_batch(text, text[], timestamptz, timestamptz), recon.query_refund(text, text, timestamptz),
                          recon.propose_refund_resolution(text, text, text, text, text, timestamptz)
    TO payrecon_ops_maker;
GRANT EXECUTE ON FUNCTION recon.decide_refund_batch(text, integer, boolean, text, integer, bigint, text, timestamptz),
                          recon.reset_refund_breaker(text, text, timestamptz), recon.query_refund(text, text, timestamptz),
                          recon.confirm_refund_resolution(text, text, integer, text, timestamptz)
    TO payrecon_ops_checker;
GRANT EXECUTE ON FUNCTION recon.expire_refunds(text, timestamptz), recon.hold_refunds(text, text, text, bigint, timestamptz, timestamptz),
                          recon.begin_refund(text, text, text, text, boolean, bigint, timestamptz),
                          recon.note_refund_call(text, text, text, integer, timestamptz, text, timestamptz, integer, text, bytea, text),
                          recon.note_refund_state(text, text, text, text, text, text, timestamptz, text, timestamptz, timestamptz, timestamptz),
                          recon.confirm_refund(text, text, text, date, timestamptz), recon.confirm_refunds(text, timestamptz),
                          recon.ask_refunds(text, timestamptz)
    TO payrecon_job;

-- The platform asks, in its own name, and reads what became of it. A view's reader needs the columns behind it (CITUS.md): these are all.
GRANT EXECUTE ON FUNCTION recon.request_deposit_refund(text, text, text, timestamptz) TO payrecon_platform;
GRANT SELECT (mchid, deposit_id, refund_no, amount_fen, state, refund_id, accepted_at, success_at, confirmed_day, state_at, why)
    ON recon.refund_request TO payrecon_platform;
