-- What people look at of deposits and refunds, made by functions that are called with values: on Citus a function that reads tables must not be called over
-- the rows of one, because it would run on the worker. Each reads what its deposits are first, and then asks for them by value, by the same functions as the
-- request itself.

CREATE FUNCTION recon.refund_problems(asked_mchid text, asked_deposits text[], asked_at timestamptz)
    RETURNS TABLE (place bigint, problem text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    requested boolean[];
BEGIN
    SELECT array_agg(r.deposit_id IS NOT NULL ORDER BY n.place) INTO requested
      FROM unnest(asked_deposits) WITH ORDINALITY AS n (deposit_id, place)
      LEFT JOIN (SELECT DISTINCT q.deposit_id FROM recon.refund_request q
                  WHERE q.mchid = asked_mchid
                    AND q.state IN ('REQUESTED', 'APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'ABNORMAL')) r
        ON r.deposit_id = n.deposit_id;
    RETURN QUERY
    SELECT c.place, c.problem
      FROM (SELECT n.place,
                   CASE WHEN n.requested THEN 'it has a request already'
                        ELSE recon.deposit_obstacle(asked_mchid, n.deposit_id, NULL, asked_at) END AS problem
              FROM unnest(asked_deposits, requested) WITH ORDINALITY AS n (deposit_id, requested, place) OFFSET 0) c
     WHERE c.problem IS NOT NULL;
END
$function$;
COMMENT ON FUNCTION recon.refund_problems(text, text[], timestamptz)
    IS 'Why deposits of a list cannot be asked for now, by their place in it; those that can are left out';

CREATE FUNCTION recon.refunds_due(asked_mchid text, old_before timestamptz, asked_at timestamptz)
    RETURNS TABLE (deposit_id text, status text, rental_no text, store_id text, out_trade_no text, deposit_fen bigint, due_fen bigint, due_at timestamptz,
                   paid_at timestamptz, obstacle text, refund_no text, request_state text, asked boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    deposits text[];
    newest text[];
    states text[];
    under_way text[];
BEGIN
    SELECT array_agg(d.deposit_id), array_agg(r.refund_no), array_agg(r.state), array_agg(r.alive) INTO deposits, newest, states, under_way
      FROM rental.deposit d
      LEFT JOIN rental.payment p ON p.mchid = asked_mchid AND p.out_trade_no = d.out_trade_no
      LEFT JOIN LATERAL (SELECT q.refund_no, q.state,
                                CASE WHEN q.state IN ('REQUESTED', 'APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'ABNORMAL')
                                     THEN q.refund_no END AS alive
                           FROM recon.refund_request q
                          WHERE q.mchid = asked_mchid AND q.deposit_id = d.deposit_id
                          ORDER BY q.attempt DESC LIMIT 1) r ON true
     WHERE d.mchid = asked_mchid AND NOT d.waived
       AND (d.status = 'REFUND_DUE' OR (d.status = 'HELD' AND p.paid_at <= old_before));
    RETURN QUERY
    SELECT n.deposit_id, f.deposit_status, f.rental_no, f.store_id, f.out_trade_no, f.deposit_fen, f.deposit_fen - f.deduction_fen - f.refunded_fen,
           f.due_at, f.paid_at, recon.deposit_obstacle(asked_mchid, n.deposit_id, n.alive, asked_at), n.refund_no, n.state, n.alive IS NOT NULL
      FROM unnest(deposits, newest, states, under_way) AS n (deposit_id, refund_no, state, alive)
     CROSS JOIN LATERAL recon.deposit_facts(asked_mchid, n.deposit_id, n.alive) f
     WHERE f.deposit_fen - f.deduction_fen - f.refunded_fen > 0;
END
$function$;
COMMENT ON FUNCTION recon.refunds_due(text, timestamptz, timestamptz)
    IS 'Deposits that are to be given back or are held for a payment of before a time, with what is still due, a request under way left out of what was given back, and why they cannot be asked for now';

CREATE FUNCTION recon.refunds_overdue(asked_mchid text, deadline timestamptz)
    RETURNS TABLE (deposits bigint, overdue_fen bigint)
    LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    overdue text[];
    under_way text[];
BEGIN
    SELECT array_agg(d.deposit_id), array_agg(r.refund_no) INTO overdue, under_way
      FROM rental.deposit d
      LEFT JOIN recon.refund_request r
        ON r.mchid = asked_mchid AND r.deposit_id = d.deposit_id
       AND r.state IN ('REQUESTED', 'APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'ABNORMAL')
     WHERE d.mchid = asked_mchid AND NOT d.waived AND d.status = 'REFUND_DUE' AND d.due_at <= deadline;
    RETURN QUERY
    SELECT count(*), coalesce(sum(f.deposit_fen - f.deduction_fen - f.refunded_fen), 0)::bigint
      FROM unnest(overdue, under_way) AS n (deposit_id, refund_no)
     CROSS JOIN LATERAL recon.deposit_facts(asked_mchid, n.deposit_id, n.refund_no) f
     WHERE f.deposit_fen - f.deduction_fen - f.refunded_fen > 0;
END
$function$;
COMMENT ON FUNCTION recon.refunds_overdue(text, timestamptz)
    IS 'Deposits due since before a deadline and not given back yet (R10): how many, and what they come to';

CREATE FUNCTION recon.refund_batch_items(asked_mchid text, asked_batch integer, asked_at timestamptz)
    RETURNS TABLE (refund_no text, deposit_id text, rental_no text, store_id text, out_trade_no text, deposit_fen bigint, deduction_fen bigint,
                   refunded_fen bigint, amount_fen bigint, reason text, maker text, requested_at timestamptz, state text, paid_at timestamptz,
                   unapproved_fen bigint, others bigint, changed text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    listed record;
    facts record;
BEGIN
    FOR listed IN
        WITH batch AS (
            SELECT r.* FROM recon.refund_request r WHERE r.mchid = asked_mchid AND r.batch_no = asked_batch
        ), rentals AS (
            SELECT r.rental_no, count(*) AS requests
              FROM recon.refund_request r
             WHERE r.mchid = asked_mchid AND r.rental_no IN (SELECT b.rental_no FROM batch b)
               AND r.state NOT IN ('REJECTED', 'EXPIRED', 'DROPPED', 'CLOSED')
             GROUP BY r.rental_no
        )
        SELECT b.*, CASE WHEN b.state IN ('REJECTED', 'EXPIRED', 'DROPPED', 'CLOSED') THEN 0 ELSE coalesce(n.requests, 1) - 1 END AS others
          FROM batch b
          LEFT JOIN rentals n ON n.rental_no = b.rental_no
         ORDER BY b.refund_no COLLATE "C"
    LOOP
        SELECT * INTO facts FROM recon.deposit_facts(asked_mchid, listed.deposit_id, listed.refund_no);
        refund_no := listed.refund_no;
        deposit_id := listed.deposit_id;
        rental_no := listed.rental_no;
        store_id := listed.store_id;
        out_trade_no := listed.out_trade_no;
        deposit_fen := listed.deposit_fen;
        deduction_fen := listed.deduction_fen;
        refunded_fen := listed.refunded_fen;
        amount_fen := listed.amount_fen;
        reason := listed.reason;
        maker := listed.maker;
        requested_at := listed.requested_at;
        state := listed.state;
        paid_at := facts.paid_at;
        unapproved_fen := facts.unapproved_fen;
        others := listed.others;
        changed := NULL;
        IF listed.state IN ('REQUESTED', 'APPROVED') THEN
            changed := recon.deposit_obstacle(asked_mchid, listed.deposit_id, listed.refund_no, asked_at);
            IF changed IS NULL AND (facts.out_trade_no, facts.item_no, facts.total_fen, facts.deposit_fen, facts.deduction_fen, facts.refunded_fen)
                   IS DISTINCT FROM (listed.out_trade_no, listed.item_no, listed.total_fen, listed.deposit_fen, listed.deduction_fen, listed.refunded_fen)
            THEN
                changed := facts.deposit_fen - facts.deduction_fen - facts.refunded_fen || ' fen are due now';
            END IF;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION recon.refund_batch_items(text, integer, timestamptz)
    IS 'The requests of a batch with what a checker should look at twice: when it was paid, deductions that nobody has approved, how many other requests its rental has, and what is not any more as it was requested';

CREATE FUNCTION recon.refund_lists_changed(asked_mchid text) RETURNS TABLE (batch_no integer)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $function$
#variable_conflict use_column
DECLARE
    batch record;
BEGIN
    FOR batch IN
        WITH sendable AS (
            SELECT DISTINCT r.batch_no
              FROM recon.refund_request r
             WHERE r.mchid = asked_mchid AND r.state IN ('APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS')
        ), listed AS (
            SELECT r.batch_no, count(*) AS requests, sum(r.amount_fen) AS total_fen
              FROM recon.refund_request r
             WHERE r.mchid = asked_mchid AND r.batch_no IN (SELECT s.batch_no FROM sendable s)
             GROUP BY r.batch_no
        ), approved AS (
            SELECT split_part(a.bytes, E'\t', 5) AS batch, split_part(a.bytes, E'\t', 3) AS checker,
                   split_part(split_part(a.bytes, E'\t', 6), ' ', 1) AS list_hash
              FROM recon.refund_act a
             WHERE a.mchid = asked_mchid AND split_part(a.bytes, E'\t', 4) = 'APPROVE'
        )
        SELECT b.batch_no, b.expires_at, b.list_hash,
               b.state <> 'APPROVED' OR l.requests <> b.requests OR l.total_fen <> b.total_fen
                 OR (b.batch_no::text, b.checker, b.list_hash) NOT IN (SELECT p.batch, p.checker, p.list_hash FROM approved p) AS changed
          FROM recon.refund_batch b
          JOIN listed l ON l.batch_no = b.batch_no
         WHERE b.mchid = asked_mchid
         ORDER BY b.batch_no
    LOOP
        IF batch.changed OR recon.refund_list_hash(asked_mchid, batch.batch_no, batch.expires_at) <> batch.list_hash THEN
            batch_no := batch.batch_no;
            RETURN NEXT;
        END IF;
    END LOOP;
END
$function$;
COMMENT ON FUNCTION recon.refund_lists_changed(text)
    IS 'Approved batches of which something may still be sent and whose list is not the one that was approved: another hash, count or total, or no act that says so';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM PUBLIC;
