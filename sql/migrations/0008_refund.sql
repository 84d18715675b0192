-- Deposit refunds: requested by one login, approved by another, sent once, followed until proved. Nobody writes these tables but through
-- the functions below: they know who calls (session_user, read into a variable first: CITUS.md), and allow only what is in recon.refund_may.

-- The functions read the platform's views, which may come later.
SET LOCAL check_function_bodies = off;

CREATE TABLE recon.refund_queue (
    mchid text NOT NULL,
    state text NOT NULL,
    since timestamptz NOT NULL,
    reason text,
    needed_fen bigint,
    next_at timestamptz,
    batches integer NOT NULL,
    acts integer NOT NULL,
    acts_hash text NOT NULL,
    CONSTRAINT refund_queue_key PRIMARY KEY (mchid),
    CONSTRAINT refund_queue_merchant FOREIGN KEY (mchid) REFERENCES recon.merchant (mchid),
    CONSTRAINT refund_queue_state CHECK (state IN ('OPEN', 'WAITING_FUNDS', 'TRIPPED')),
    CONSTRAINT refund_queue_reason CHECK ((state = 'OPEN') = (reason IS NULL)),
    CONSTRAINT refund_queue_funds CHECK ((state = 'WAITING_FUNDS') = (next_at IS NOT NULL))
);
COMMENT ON TABLE recon.refund_queue IS 'May refunds of a merchant be sent: circuit breaker and waiting for funds; and the head of its chain of acts';
COMMENT ON COLUMN recon.refund_queue.mchid IS 'Merchant';
COMMENT ON COLUMN recon.refund_queue.state IS 'OPEN: may be sent; WAITING_FUNDS: the account was short, one refund is tried at next_at; TRIPPED: the breaker stands until a person resets it';
COMMENT ON COLUMN recon.refund_queue.since IS 'Since when';
COMMENT ON COLUMN recon.refund_queue.reason IS 'Why; NULL when open';
COMMENT ON COLUMN recon.refund_queue.needed_fen IS 'What was approved and not sent when the account was short';
COMMENT ON COLUMN recon.refund_queue.next_at IS 'When one refund is tried again';
COMMENT ON COLUMN recon.refund_queue.batches IS 'How many batches were made';
COMMENT ON COLUMN recon.refund_queue.acts IS 'How many acts there are';
COMMENT ON COLUMN recon.refund_queue.acts_hash IS 'Hash of the newest act; empty before the first';

CREATE TABLE recon.refund_act (
    mchid text NOT NULL,
    act_no integer NOT NULL,
    bytes text NOT NULL,
    hash text NOT NULL,
    CONSTRAINT refund_act_key PRIMARY KEY (mchid, act_no),
    CONSTRAINT refund_act_merchant FOREIGN KEY (mchid) REFERENCES recon.merchant (mchid)
);
COMMENT ON TABLE recon.refund_act IS 'What people did about refunds, one chain a merchant; never changed';
COMMENT ON COLUMN recon.refund_act.mchid IS 'Merchant';
COMMENT ON COLUMN recon.refund_act.act_no IS 'From 1, without gaps';
COMMENT ON COLUMN recon.refund_act.bytes IS 'Between tabs: act_no, time in microseconds since 1970, login, act (REQUEST, BATCH, APPROVE, REJECT, WITHDRAW, RESET), subject, what was said';
COMMENT ON COLUMN recon.refund_act.hash IS 'SHA-256 over the hash before and the bytes, in hex';

CREATE TABLE recon.refund_batch (
    mchid text NOT NULL,
    batch_no integer NOT NULL,
    maker text NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    requests integer NOT NULL,
    total_fen bigint NOT NULL,
    list_hash text NOT NULL,
    state text NOT NULL,
    checker text,
    decided_at timestamptz,
    reason text,
    CONSTRAINT refund_batch_key PRIMARY KEY (mchid, batch_no),
    CONSTRAINT refund_batch_merchant FOREIGN KEY (mchid) REFERENCES recon.merchant (mchid),
    CONSTRAINT refund_batch_state CHECK (state IN ('OPEN', 'APPROVED', 'REJECTED')),
    CONSTRAINT refund_batch_checker CHECK (checker <> maker),
    CONSTRAINT refund_batch_decided CHECK ((state = 'OPEN') = (checker IS NULL) AND (checker IS NULL) = (decided_at IS NULL)),
    CONSTRAINT refund_batch_reason CHECK (state <> 'REJECTED' OR btrim(reason) <> ''),
    CONSTRAINT refund_batch_content CHECK (requests > 0 AND total_fen > 0 AND expires_at > made_at AND expires_at <= made_at + interval '30 days')
);
COMMENT ON TABLE recon.refund_batch IS 'Lists of refunds as they are put before the checker';
COMMENT ON COLUMN recon.refund_batch.mchid IS 'Merchant';
COMMENT ON COLUMN recon.refund_batch.batch_no IS 'From 1';
COMMENT ON COLUMN recon.refund_batch.maker IS 'Database login that made the list';
COMMENT ON COLUMN recon.refund_batch.made_at IS 'When';
COMMENT ON COLUMN recon.refund_batch.expires_at IS 'What was not sent for the first time before is not sent';
COMMENT ON COLUMN recon.refund_batch.requests IS 'How many requests are in it';
COMMENT ON COLUMN recon.refund_batch.total_fen IS 'What they come to';
COMMENT ON COLUMN recon.refund_batch.list_hash IS 'SHA-256 in hex over expiry and list, see recon.refund_list_hash';
COMMENT ON COLUMN recon.refund_batch.state IS 'OPEN, APPROVED or REJECTED';
COMMENT ON COLUMN recon.refund_batch.checker IS 'Database login that decided';
COMMENT ON COLUMN recon.refund_batch.decided_at IS 'When';
COMMENT ON COLUMN recon.refund_batch.reason IS 'What the checker said';

CREATE TABLE recon.refund_request (
    mchid text NOT NULL,
    refund_no text NOT NULL,
    deposit_id text NOT NULL,
    attempt integer NOT NULL,
    out_trade_no text NOT NULL,
    item_no integer NOT NULL,
    transaction_id text,
    sub_mchid text,
    rental_no text,
    store_id text,
    total_fen bigint NOT NULL,
    deposit_fen bigint NOT NULL,
    deduction_fen bigint NOT NULL,
    refunded_fen bigint NOT NULL,
    amount_fen bigint NOT NULL,
    reason text NOT NULL,
    maker text NOT NULL,
    requested_at timestamptz NOT NULL,
    batch_no integer,
    checker text,
    approved_at timestamptz,
    state text NOT NULL,
    state_at timestamptz NOT NULL,
    why text,
    refusal text,
    body text,
    sends integer NOT NULL,
    first_sent_at timestamptz,
    sent_at timestamptz,
    queries integer NOT NULL,
    next_at timestamptz,
    refund_id text,
    accepted_at timestamptz,
    success_at timestamptz,
    confirmed_day date,
    calls integer NOT NULL,
    events integer NOT NULL,
    CONSTRAINT refund_request_key PRIMARY KEY (mchid, refund_no),
    CONSTRAINT refund_request_attempt UNIQUE (mchid, deposit_id, attempt),
    CONSTRAINT refund_request_merchant FOREIGN KEY (mchid) REFERENCES recon.merchant (mchid),
    CONSTRAINT refund_request_batch FOREIGN KEY (mchid, batch_no) REFERENCES recon.refund_batch (mchid, batch_no),
    CONSTRAINT refund_request_number CHECK (refund_no = 'DR' || left(encode(sha256(convert_to(mchid || ' ' || deposit_id || ' ' || attempt::text, 'UTF8')), 'hex'), 30)),
    CONSTRAINT refund_request_amount CHECK (amount_fen > 0 AND amount_fen = deposit_fen - deduction_fen - refunded_fen AND amount_fen <= total_fen
                                            AND deduction_fen >= 0 AND refunded_fen >= 0),
    CONSTRAINT refund_request_reason CHECK (octet_length(reason) BETWEEN 1 AND 80),
    CONSTRAINT refund_request_state CHECK (state IN ('REQUESTED', 'APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'SUCCESS', 'CONFIRMED',
                                                     'ABNORMAL', 'CLOSED', 'REJECTED', 'EXPIRED', 'DROPPED')),
    CONSTRAINT refund_request_checker CHECK (checker <> maker),
    CONSTRAINT refund_request_approved CHECK ((checker IS NULL) = (approved_at IS NULL) AND (checker IS NULL OR batch_no IS NOT NULL)),
    CONSTRAINT refund_request_sent CHECK ((body IS NULL) = (sent_at IS NULL) AND (body IS NULL) = (first_sent_at IS NULL) AND (body IS NULL) = (sends = 0)
                                          AND (body IS NULL OR checker IS NOT NULL)),
    CONSTRAINT refund_request_unsent CHECK (body IS NOT NULL OR state IN ('REQUESTED', 'APPROVED', 'REJECTED', 'EXPIRED', 'DROPPED')),
    CONSTRAINT refund_request_confirmed CHECK (confirmed_day IS NULL OR state = 'CONFIRMED')
) WITH (fillfactor = 60); -- a row is written anew some five times

-- One request of an item is asked for or sent, one refund of a payment is being sent: for whoever writes, whatever else goes wrong. What
-- replies make of a request must always be storable, so its later states are watched by recon.refund_ask and recon.begin_refund only.
CREATE UNIQUE INDEX refund_request_asked ON recon.refund_request (mchid, out_trade_no, item_no) WHERE state IN ('REQUESTED', 'APPROVED', 'SENDING');
CREATE UNIQUE INDEX refund_request_sending ON recon.refund_request (mchid, out_trade_no) WHERE state = 'SENDING';
-- Partial, so that no other query is led to them by their first column while there are no statistics yet.
CREATE INDEX refund_request_payment ON recon.refund_request (mchid, out_trade_no)
    WHERE state IN ('SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'SUCCESS', 'CONFIRMED', 'ABNORMAL');
CREATE INDEX refund_request_batched ON recon.refund_request (mchid, batch_no) WHERE batch_no IS NOT NULL;
CREATE INDEX refund_request_open ON recon.refund_request (mchid, state, refund_no)
    WHERE state NOT IN ('CONFIRMED', 'CLOSED', 'REJECTED', 'EXPIRED', 'DROPPED');
CREATE INDEX refund_request_next_at ON recon.refund_request (mchid, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX refund_request_sent_at ON recon.refund_request (mchid, first_sent_at) WHERE first_sent_at IS NOT NULL;
COMMENT ON TABLE recon.refund_request IS 'Deposit refunds: what was asked for, who approved it, and how far it is';
COMMENT ON COLUMN recon.refund_request.mchid IS 'Merchant';
COMMENT ON COLUMN recon.refund_request.refund_no IS 'out_refund_no: DR and 30 hex digits of SHA-256 over merchant, deposit and attempt. One request, one number for life';
COMMENT ON COLUMN recon.refund_request.deposit_id IS 'Deposit that is given back';
COMMENT ON COLUMN recon.refund_request.attempt IS 'Which request of this deposit, from 1';
COMMENT ON COLUMN recon.refund_request.out_trade_no IS 'Payment that holds the deposit';
COMMENT ON COLUMN recon.refund_request.item_no IS 'Item of that payment';
COMMENT ON COLUMN recon.refund_request.transaction_id IS 'WeChat Pay''s number of the payment; NULL: the platform does not know it';
COMMENT ON COLUMN recon.refund_request.sub_mchid IS 'Sub-merchant, with a service provider only';
COMMENT ON COLUMN recon.refund_request.rental_no IS 'Rental of the deposit';
COMMENT ON COLUMN recon.refund_request.store_id IS 'Store of the deposit';
COMMENT ON COLUMN recon.refund_request.total_fen IS 'The whole payment';
COMMENT ON COLUMN recon.refund_request.deposit_fen IS 'The deposit as it was paid';
COMMENT ON COLUMN recon.refund_request.deduction_fen IS 'Approved deductions';
COMMENT ON COLUMN recon.refund_request.refunded_fen IS 'Given back before, by us or by the platform';
COMMENT ON COLUMN recon.refund_request.amount_fen IS 'Deposit less deductions less what was given back: computed, never typed';
COMMENT ON COLUMN recon.refund_request.reason IS 'Shown to the rider';
COMMENT ON COLUMN recon.refund_request.maker IS 'Database login that requested it';
COMMENT ON COLUMN recon.refund_request.requested_at IS 'When';
COMMENT ON COLUMN recon.refund_request.batch_no IS 'List in which it was put before the checker';
COMMENT ON COLUMN recon.refund_request.checker IS 'Database login that approved it';
COMMENT ON COLUMN recon.refund_request.approved_at IS 'When';
COMMENT ON COLUMN recon.refund_request.state IS 'REQUESTED, APPROVED, SENDING: committed before the socket is opened; UNKNOWN: may have arrived, is asked for; WAITING_FUNDS, PROCESSING: accepted; SUCCESS, CONFIRMED: seen in a bill; ABNORMAL, CLOSED, REJECTED, EXPIRED; DROPPED: facts changed or refused, a person looks';
COMMENT ON COLUMN recon.refund_request.state_at IS 'Since when';
COMMENT ON COLUMN recon.refund_request.why IS 'Why it is there, when that needs words';
COMMENT ON COLUMN recon.refund_request.refusal IS 'What WeChat Pay said when it refused for good; then it is not sent again, only asked for';
COMMENT ON COLUMN recon.refund_request.body IS 'The request''s bytes: the same each time it is sent';
COMMENT ON COLUMN recon.refund_request.sends IS 'How often it was sent';
COMMENT ON COLUMN recon.refund_request.first_sent_at IS 'When for the first time';
COMMENT ON COLUMN recon.refund_request.sent_at IS 'When for the last time';
COMMENT ON COLUMN recon.refund_request.queries IS 'How often it was asked for since it was accepted';
COMMENT ON COLUMN recon.refund_request.next_at IS 'When it is asked for again; NULL: not by itself';
COMMENT ON COLUMN recon.refund_request.refund_id IS 'WeChat Pay''s number of the refund';
COMMENT ON COLUMN recon.refund_request.accepted_at IS 'When WeChat Pay accepted it: the bill day follows from this';
COMMENT ON COLUMN recon.refund_request.success_at IS 'When the money arrived';
COMMENT ON COLUMN recon.refund_request.confirmed_day IS 'Bill day whose bill shows it';
COMMENT ON COLUMN recon.refund_request.calls IS 'How many calls there are';
COMMENT ON COLUMN recon.refund_request.events IS 'How many events there are';

CREATE TABLE recon.refund_event (
    mchid text NOT NULL,
    refund_no text NOT NULL,
    event_no integer NOT NULL,
    at timestamptz NOT NULL,
    who text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    why text,
    CONSTRAINT refund_event_key PRIMARY KEY (mchid, refund_no, event_no),
    CONSTRAINT refund_event_request FOREIGN KEY (mchid, refund_no) REFERENCES recon.refund_request (mchid, refund_no)
);
COMMENT ON TABLE recon.refund_event IS 'Every change of a request''s state; never changed';
COMMENT ON COLUMN recon.refund_event.mchid IS 'Merchant';
COMMENT ON COLUMN recon.refund_event.refund_no IS 'Request';
COMMENT ON COLUMN recon.refund_event.event_no IS 'From 1, without gaps';
COMMENT ON COLUMN recon.refund_event.at IS 'When';
COMMENT ON COLUMN recon.refund_event.who IS 'Database login';
COMMENT ON COLUMN recon.refund_event.from_state IS 'State before; NULL: it was made';
COMMENT ON COLUMN recon.refund_event.to_state IS 'State after';
COMMENT ON COLUMN recon.refund_event.why IS 'Why, when that needs words';

CREATE TABLE recon.refund_call (
    mchid text NOT NULL,
    refund_no text NOT NULL,
    call_no integer NOT NULL,
    kind text NOT NULL,
    sent_at timestamptz NOT NULL,
    request text NOT NULL,
    replied_at timestamptz,
    status integer,
    request_id text,
    reply bytea,
    outcome text,
    CONSTRAINT refund_call_key PRIMARY KEY (mchid, refund_no, call_no),
    CONSTRAINT refund_call_request FOREIGN KEY (mchid, refund_no) REFERENCES recon.refund_request (mchid, refund_no),
    CONSTRAINT refund_call_kind CHECK (kind IN ('ORDER', 'CREATE', 'QUERY')),
    CONSTRAINT refund_call_outcome CHECK ((outcome IS NULL) = (replied_at IS NULL))
);
COMMENT ON TABLE recon.refund_call IS 'Every call to WeChat Pay about a request';
COMMENT ON COLUMN recon.refund_call.mchid IS 'Merchant';
COMMENT ON COLUMN recon.refund_call.refund_no IS 'Request';
COMMENT ON COLUMN recon.refund_call.call_no IS 'From 1, without gaps';
COMMENT ON COLUMN recon.refund_call.kind IS 'ORDER: is the payment paid; CREATE: the refund is asked for; QUERY: what became of it';
COMMENT ON COLUMN recon.refund_call.sent_at IS 'When it was begun; of CREATE: committed before the socket was opened';
COMMENT ON COLUMN recon.refund_call.request IS 'Bytes of the body; the number asked for in calls without body';
COMMENT ON COLUMN recon.refund_call.replied_at IS 'When it ended; NULL: whoever sent it died before it did';
COMMENT ON COLUMN recon.refund_call.status IS 'HTTP status; NULL: no reply';
COMMENT ON COLUMN recon.refund_call.request_id IS 'WeChat Pay''s Request-Id';
COMMENT ON COLUMN recon.refund_call.reply IS 'Bytes of the reply''s body';
COMMENT ON COLUMN recon.refund_call.outcome IS 'What it meant: a name of the state table, FOUND, NOT_FOUND, NO_ANSWER of an ORDER; REPEATED: nothing, it was asked again';

-- ---- what is so, as the books and we know it ---------------------------------------------------------------------------------------

CREATE FUNCTION recon.deposit_facts(asked_mchid text, asked_deposit text, but_refund text)
    RETURNS TABLE (deposit_status text, waived boolean, due_at timestamptz, out_trade_no text, item_no integer, item_fen bigint, rental_no text,
                   store_id text, deposit_fen bigint, deduction_fen bigint, unapproved_fen bigint, refunded_fen bigint, payment_status text,
                   paid_at timestamptz, transaction_id text, sub_mchid text, total_fen bigint, payment_refunded_fen bigint,
                   payment_refunds bigint, newest_refund_at timestamptz, contested text)
    LANGUAGE plpgsql STABLE ROWS 1 SET search_path = pg_catalog
AS $function$
#variable_conflict use_column
BEGIN
    -- plpgsql, because it plans once a session: planning takes ten times as long as looking.
    RETURN QUERY
    WITH ours AS (
        SELECT r.refund_no, r.item_no, r.amount_fen, r.sent_at
          FROM recon.refund_request r
         WHERE r.mchid = asked_mchid AND r.refund_no IS DISTINCT FROM but_refund
           AND r.state IN ('SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'SUCCESS', 'CONFIRMED', 'ABNORMAL')
           AND r.out_trade_no = (SELECT d.out_trade_no FROM rental.deposit d WHERE d.mchid = asked_mchid AND d.deposit_id = asked_deposit)
    ), theirs AS (
        SELECT f.out_refund_no, f.item_no, f.amount_fen, f.created_at
          FROM rental.refund f
         WHERE f.mchid = asked_mchid AND f.status IS DISTINCT FROM 'CLOSED'
           AND f.out_trade_no = (SELECT d.out_trade_no FROM rental.deposit d WHERE d.mchid = asked_mchid AND d.deposit_id = asked_deposit)
           -- A copy of one of ours counts once; of one that we gave up it counts, because the platform knows better.
           AND f.out_refund_no IS DISTINCT FROM but_refund
           AND NOT EXISTS (SELECT FROM ours o WHERE o.refund_no = f.out_refund_no)
    )
    SELECT d.status, d.waived, d.due_at, d.out_trade_no, d.item_no, i.amount_fen, d.rental_no, d.store_id, d.amount_fen,
           (SELECT coalesce(sum(x.amount_fen), 0)::bigint FROM rental.deposit_deduction x
             WHERE x.mchid = asked_mchid AND x.deposit_id = asked_deposit AND x.approved_at IS NOT NULL AND x.voided_at IS NULL),
           (SELECT coalesce(sum(x.amount_fen), 0)::bigint FROM rental.deposit_deduction x
             WHERE x.mchid = asked_mchid AND x.deposit_id = asked_deposit AND x.approved_at IS NULL AND x.voided_at IS NULL),
           (SELECT coalesce(sum(o.amount_fen), 0)::bigint FROM ours o WHERE o.item_no = d.item_no)
             + (SELECT coalesce(sum(t.amount_fen), 0)::bigint FROM theirs t WHERE t.item_no IS NULL OR t.item_no = d.item_no),
           p.status, p.paid_at, p.transaction_id,
           (SELECT m.mchid FROM recon.merchant m WHERE m.mchid = asked_mchid AND m.mode = 'PARTNER'), p.amount_fen,
           (SELECT coalesce(sum(o.amount_fen), 0)::bigint FROM ours o) + (SELECT coalesce(sum(t.amount_fen), 0)::bigint FROM theirs t),
           (SELECT count(*) FROM ours o) + (SELECT count(*) FROM theirs t),
           greatest((SELECT max(o.sent_at) FROM ours o), (SELECT max(t.created_at) FROM theirs t)),
           (SELECT min(g.code) FROM recon.finding g
             WHERE g.mchid = asked_mchid AND g.leg = 'TRADE' AND g.state IN ('OPEN', 'IN_REVIEW', 'REOPENED')
               AND (g.key IN (d.out_trade_no, p.transaction_id) OR starts_with(g.key, d.out_trade_no || '#') OR starts_with(g.key, p.transaction_id || '#')))
      FROM rental.deposit d
      LEFT JOIN rental.payment p ON p.mchid = asked_mchid AND p.out_trade_no = d.out_trade_no
      LEFT JOIN rental.payment_item i ON i.mchid = asked_mchid AND i.out_trade_no = d.out_trade_no AND i.item_no = d.item_no
     WHERE d.mchid = asked_mchid AND d.deposit_id = asked_deposit;
END
$function$;
COMMENT ON FUNCTION recon.deposit_facts(text, text, text)
    IS 'A deposit and its payment as the books have them, with what was given back or is on its way, one refund left out; no row: not a deposit of this merchant';

CREATE FUNCTION recon.deposit_obstacle(asked_mchid text, asked_deposit text, but_refund text, asked_at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog
AS $function$
DECLARE
    facts record;
    due bigint;
BEGIN
    SELECT * INTO facts FROM recon.deposit_facts(asked_mchid, asked_deposit, but_refund);
    IF NOT FOUND THEN
        RETURN 'no such deposit of this merchant';
    END IF;
    due := facts.deposit_fen - facts.deduction_fen - facts.refunded_fen;
    RETURN CASE
        WHEN facts.waived IS DISTINCT FROM false THEN 'the deposit was waived: nothing was paid'
        WHEN facts.deposit_status IS DISTINCT FROM 'REFUND_DUE' THEN 'the deposit is ' || coalesce(facts.deposit_status, 'of unknown status')
        WHEN facts.payment_status IS NULL OR facts.item_fen IS NULL OR facts.paid_at IS NULL THEN 'its payment is not in the books'
        WHEN facts.payment_status <> 'PAID' THEN 'its payment is ' || facts.payment_status
        WHEN facts.item_fen <> facts.deposit_fen THEN 'its payment item is of another amount'
        WHEN (SELECT count(*) FROM rental.deposit o
               WHERE o.mchid = asked_mchid AND o.out_trade_no = facts.out_trade_no AND o.item_no = facts.item_no) > 1
            THEN 'another deposit has the same payment item'
        WHEN facts.transaction_id IS NULL AND octet_length(facts.out_trade_no) NOT BETWEEN 6 AND 32
             OR octet_length(facts.transaction_id) NOT BETWEEN 1 AND 32 THEN 'its payment has no number that WeChat Pay takes'
        WHEN facts.contested IS NOT NULL THEN 'its payment has an open finding ' || facts.contested
        WHEN due <= 0 THEN 'nothing is due: ' || facts.deposit_fen || ' fen less ' || facts.deduction_fen || ' deducted and ' || facts.refunded_fen || ' refunded'
        WHEN facts.payment_refunded_fen + due > facts.total_fen THEN 'refunds would exceed the payment (R07)'
        WHEN facts.payment_refunds >= 50 THEN 'its payment has 50 refunds already'
        WHEN asked_at >= facts.paid_at + interval '365 days' THEN 'its payment is older than 365 days'
    END;
END
$function$;
COMMENT ON FUNCTION recon.deposit_obstacle(text, text, text, timestamptz) IS 'Why a deposit cannot be refunded now, one refund left out; NULL: it can';

-- ---- inner parts; nobody may call them ------------------------------------------------------------------------------------------------

CREATE FUNCTION recon.refund_may(from_state text, to_state text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog
AS $function$
BEGIN
    RETURN (from_state || ' ' || to_state) IN (
        'REQUESTED APPROVED', 'REQUESTED REJECTED', 'REQUESTED EXPIRED',
        'APPROVED SENDING', 'APPROVED EXPIRED', 'APPROVED DROPPED',
        'SENDING UNKNOWN', 'SENDING WAITING_FUNDS', 'SENDING PROCESSING', 'SENDING SUCCESS',
        'UNKNOWN SENDING', 'UNKNOWN PROCESSING', 'UNKNOWN SUCCESS', 'UNKNOWN ABNORMAL', 'UNKNOWN CLOSED', 'UNKNOWN DROPPED',
        'WAITING_FUNDS SENDING', 'WAITING_FUNDS UNKNOWN',
        'PROCESSING UNKNOWN', 'PROCESSING SUCCESS', 'PROCESSING ABNORMAL', 'PROCESSING CLOSED',
        'SUCCESS CONFIRMED', 'SUCCESS UNKNOWN', 'SUCCESS PROCESSING', 'SUCCESS ABNORMAL', 'SUCCESS CLOSED',
        'ABNORMAL UNKNOWN', 'ABNORMAL PROCESSING', 'ABNORMAL SUCCESS', 'ABNORMAL CLOSED',
        'CLOSED SUCCESS');
END
$function$;
COMMENT ON FUNCTION recon.refund_may(text, text) IS 'The changes of state that there are; the same as the program''s table, which a test proves';

CREATE FUNCTION recon.refund_acts_add(asked_mchid text, act_at timestamptz, who text, act text, subjects text[], saids text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $function$
DECLARE
    head record;
    line text;
    next_no integer;
    next_hash text;
BEGIN
    SELECT q.acts, q.acts_hash INTO STRICT head FROM recon.refund_queue q WHERE q.mchid = asked_mchid FOR UPDATE;
    next_no := head.acts;
    next_hash := head.acts_hash;
    FOR place IN 1 .. cardinality(subjects)
    LOOP
        next_no := next_no + 1;
        line := concat_ws(E'\t', next_no, (extract(epoch FROM act_at) * 1000000)::bigint, who, act, subjects[place],
                          translate(coalesce(saids[place], ''), E'\t\r\n', '   '));
        next_hash := encode(sha256(convert_to(next_hash || line, 'UTF8')), 'hex');
        INSERT INTO recon.refund_act (mchid, act_no, bytes, hash) VALUES (asked_mchid, next_no, line, next_hash);
    END LOOP;
    -- Once, however many: each version of a row makes the next look-up slower.
    UPDATE recon.refund_queue SET acts = next_no, acts_hash = next_hash WHERE mchid = asked_mchid;
END
$function$;
COMMENT ON FUNCTION recon.refund_acts_add(text, timestamptz, text, text, text[], text[]) IS 'The next acts of a merchant''s chain';

CREATE FUNCTION recon.refund_act_add(asked_mchid text, act_at timestamptz, who text, act text, subject text, said text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $function$
BEGIN
    PERFORM recon.refund_acts_add(asked_mchid, act_at, who, act, ARRAY[subject], ARRAY[said]);
END
$function$;
COMMENT ON FUNCTION recon.refund_act_add(text, timestamptz, text, text, text, text) IS 'The next act of a merchant''s chain';

CREATE FUNCTION recon.refund_queue_lock(asked_mchid text, asked_at timestamptz) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $function$
BEGIN
    IF NOT EXISTS (SELECT FROM recon.merchant m WHERE m.mchid = asked_mchid) THEN
        RAISE EXCEPTION 'merchant % is not known', asked_mchid;
    END IF;
    -- The caller's clock may be wrong, or he may lie. What no program can read would stop the merchant for good: acts are never changed.
    IF coalesce(asked_at < '2000-01-01 00:00+00' OR asked_at >= '2100-01-01 00:00+00', true) THEN
        RAISE EXCEPTION 'the time % cannot be', asked_at;
    END IF;
    INSERT INTO recon.refund_queue (mchid, state, since, batches, acts, acts_hash)
    VALUES (asked_mchid, 'OPEN', asked_at, 0, 0, '') ON CONFLICT (mchid) DO NOTHING;
    PERFORM FROM recon.refund_queue q WHERE q.mchid = asked_mchid FOR UPDATE;
END
$function$;
COMMENT ON FUNCTION recon.refund_queue_lock(text, timestamptz) IS 'One act of a merchant after the other';

CREATE FUNCTION recon.refund_event_add(asked_mchid text, asked_refund text, next_no integer, moved_at timestamptz, who text, from_given text, to_given text, said text)
    RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $function$
BEGIN
    IF NOT recon.refund_may(from_given, to_given) THEN
        RAISE EXCEPTION 'refund %: % cannot become %', asked_refund, from_given, to_given;
    END IF;
    INSERT INTO recon.refund_event (mchid, refund_no, event_no, at, who, from_state, to_state, why)
    VALUES (asked_mchid, asked_refund, next_no, moved_at, who, from_given, to_given, said);
END
$function$;
COMMENT ON FUNCTION recon.refund_event_add(text, text, integer, timestamptz, text, text, text, text) IS 'The event of a change of state, which must be one that may be';

CREATE FUNCTION recon.refund_move(asked_mchid text, asked_refund text, moved_at timestamptz, who text, from_given text, to_given text, said text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $function$
DECLARE
    next_no integer;
BEGIN
    UPDATE recon.refund_request SET state = to_given, state_at = moved_at, why = said, events = events + 1
     WHERE mchid = asked_mchid AND refund_no = asked_refund AND state = from_given
    RETURNING events INTO next_no;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refund % is not % any more', asked_refund, from_given;
    END IF;
    PERFORM recon.refund_event_add(asked_mchid, asked_refund, next_no, moved_at, who, from_given, to_given, said);
END
$function$;
COMMENT ON FUNCTION recon.refund_move(text, text, timestamptz, text, text, text, text) IS 'One change of state, with its event';

CREATE FUNCTION recon.refund_list_hash(asked_mchid text, asked_batch integer, expiry timestamptz) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog
AS $function$
    SELECT encode(sha256(convert_to(asked_mchid || ' ' || asked_batch || ' ' || (extract(epoch FROM expiry) * 1000000)::bigint || E'\n'
                                    || coalesce(string_agg(concat_ws(E'\t', r.refund_no, r.deposit_id, r.out_trade_no, coalesce(r.transaction_id, '-'), coalesce(r.sub_mchid, '-'), r.item_no, r.total_fen, r.amount_fen, r.reason),
                                                           E'\n' ORDER BY r.refund_no COLLATE "C"), ''), 'UTF8')), 'hex')
      FROM recon.refund_request r
     WHERE r.mchid = asked_mchid AND r.batch_no = asked_batch
$function$;
COMMENT ON FUNCTION recon.refund_list_hash(text, integer, timestamptz) IS 'SHA-256 in hex over merchant, batch, expiry and every request of the list';

-- ---- what people do ----------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION recon.refund_ask(asked_mchid text, asked_deposit text, asked_reason text, who text, asked_at timestamptz)
    RETURNS TABLE (refund_no text, amount_fen bigint)
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $function$
#variable_conflict use_column
DECLARE
    facts record;
    obstacle text;
    next_attempt integer;
    next_no text;
    due bigint;
BEGIN
    IF EXISTS (SELECT FROM recon.refund_request r
                WHERE r.mchid = asked_mchid AND r.state IN ('REQUESTED', 'APPROVED', 'SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'ABNORMAL')
                  AND (r.out_trade_no, r.item_no) = (SELECT d.out_trade_no, d.item_no FROM rental.deposit d
                                                      WHERE d.mchid = asked_mchid AND d.deposit_id = asked_deposit)) THEN
        RAISE EXCEPTION 'deposit % has a request already', asked_deposit;
    END IF;
    obstacle := recon.deposit_obstacle(asked_mchid, asked_deposit, NULL, asked_at);
    IF obstacle IS NOT NULL THEN
        RAISE EXCEPTION 'deposit %: %', asked_deposit, obstacle;
    END IF;
    SELECT * INTO STRICT facts FROM recon.deposit_facts(asked_mchid, asked_deposit, NULL);
    due := facts.deposit_fen - facts.deduction_fen - facts.refunded_fen;
    SELECT coalesce(max(r.attempt), 0) + 1 INTO next_attempt
      FROM recon.refund_request r WHERE r.mchid = asked_mchid AND r.deposit_id = asked_deposit;
    next_no := 'DR' || left(encode(sha256(convert_to(asked_mchid || ' ' || asked_deposit || ' ' || next_attempt::text, 'UTF8')), 'hex'), 30);
    INSERT INTO recon.refund_request (mchid, refund_no, deposit_id, attempt, out_trade_no, item_no, transaction_id, sub_mchid, rental_no, store_id,
                                      total_fen, deposit_fen, deduction_fen, refunded_fen, amount_fen, reason, maker, requested_at, state, state_at,
                                      sends, queries, calls, events)
    VALUES (asked_mchid, next_no, asked_deposit, next_attempt, facts.out_trade_no, facts.item_no, facts.transaction_id, facts.sub_mchid, facts.rental_no,
            facts.store_id, facts.total_fen, facts.deposit_fen, facts.deduction_fen, facts.refunded_fen, due, asked_reason, who, asked_at, 'REQUESTED',
            asked_at, 0, 0, 0, 1);
    INSERT INTO recon.refund_event (mchid, refund_no, event_no, at, who, from_state, to_state, why)
    VALUES (asked_mchid, next_no, 1, asked_at, who, NULL, 'REQUESTED', NULL);
    RETURN QUERY SELECT next_no, due;
END
$function$;
COMMENT ON FUNCTION recon.refund_ask(text, text, text, text, timestamptz) IS 'One request, without its act';

CREATE FUNCTION recon.request_deposit_refunds(asked_mchid text, asked_deposits text[], asked_reasons text[], asked_at timestamptz)
    RETURNS TABLE (place bigint, refund_no text, amount_fen bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
#variable_conflict use_column
DECLARE
    who text := session_user;
    made record;
    subjects text[] := '{}';
    saids text[] := '{}';
BEGIN
    PERFORM recon.refund_queue_lock(asked_mchid, asked_at);
    FOR n IN 1 .. cardinality(asked_deposits)
    LOOP
        SELECT * INTO STRICT made FROM recon.refund_ask(asked_mchid, asked_deposits[n], asked_reasons[n], who, asked_at);
        subjects := subjects || made.refund_no;
        saids := saids || (asked_deposits[n] || ' ' || made.amount_fen || ' fen');
        -- What was planned for an empty table would read all that has been added since.
        IF n % 500 = 0 THEN
            EXECUTE 'DISCARD PLANS';
        END IF;
        RETURN QUERY SELECT n::bigint, made.refund_no, made.amount_fen;
    END LOOP;
    PERFORM recon.refund_acts_add(asked_mchid, asked_at, who, 'REQUEST', subjects, saids);
END
$function$;
COMMENT ON FUNCTION recon.request_deposit_refunds(text, text[], text[], timestamptz)
    IS 'Asks for deposits to be given back, in the caller''s name, each with its reason; the amounts are computed. All of them, or it raises';

CREATE FUNCTION recon.request_deposit_refund(asked_mchid text, asked_deposit text, asked_reason text, asked_at timestamptz) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    made text;
BEGIN
    SELECT r.refund_no INTO STRICT made FROM recon.request_deposit_refunds(asked_mchid, ARRAY[asked_deposit], ARRAY[asked_reason], asked_at) r;
    RETURN made;
END
$function$;
COMMENT ON FUNCTION recon.request_deposit_refund(text, text, text, timestamptz)
    IS 'Asks for a deposit to be given back, in the caller''s name; the amount is computed. Returns out_refund_no. Raises when it cannot be';

CREATE FUNCTION recon.withdraw_refund_request(asked_mchid text, asked_refund text, said text, asked_at timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    batch integer;
    now_state text;
BEGIN
    PERFORM recon.refund_queue_lock(asked_mchid, asked_at);
    SELECT r.state, r.batch_no INTO now_state, batch FROM recon.refund_request r WHERE r.mchid = asked_mchid AND r.refund_no = asked_refund FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refund % of merchant % is not known', asked_refund, asked_mchid;
    END IF;
    IF batch IS NOT NULL THEN
        RAISE EXCEPTION 'refund % is in batch %: decide on the batch', asked_refund, batch;
    END IF;
    IF coalesce(btrim(said), '') = '' THEN
        RAISE EXCEPTION 'a request is withdrawn with a reason';
    END IF;
    PERFORM recon.refund_move(asked_mchid, asked_refund, asked_at, who, now_state, 'REJECTED', said);
    PERFORM recon.refund_act_add(asked_mchid, asked_at, who, 'WITHDRAW', asked_refund, said);
END
$function$;
COMMENT ON FUNCTION recon.withdraw_refund_request(text, text, text, timestamptz) IS 'Takes back a request that is in no batch yet';

CREATE FUNCTION recon.make_refund_batch(asked_mchid text, refund_nos text[], expiry timestamptz, asked_at timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    next_no integer;
    taken integer;
    sum_fen bigint;
    hash text;
    left_out text;
BEGIN
    PERFORM recon.refund_queue_lock(asked_mchid, asked_at);
    SELECT min(n.given) INTO left_out
      FROM unnest(refund_nos) AS n (given)
     WHERE NOT EXISTS (SELECT FROM recon.refund_request r
                        WHERE r.mchid = asked_mchid AND r.refund_no = n.given AND r.state = 'REQUESTED' AND r.batch_no IS NULL);
    IF left_out IS NOT NULL THEN
        RAISE EXCEPTION 'refund % is not a request that waits for a batch', left_out;
    END IF;
    SELECT count(*), sum(r.amount_fen)::bigint INTO taken, sum_fen
      FROM recon.refund_request r
     WHERE r.mchid = asked_mchid AND r.state = 'REQUESTED' AND r.batch_no IS NULL AND (refund_nos IS NULL OR r.refund_no = ANY (refund_nos));
    IF taken = 0 THEN
        RAISE EXCEPTION 'no request waits for a batch';
    END IF;
    UPDATE recon.refund_queue SET batches = batches + 1 WHERE mchid = asked_mchid RETURNING batches INTO next_no;
    -- The list's hash can only be computed once its requests are in it.
    INSERT INTO recon.refund_batch (mchid, batch_no, maker, made_at, expires_at, requests, total_fen, list_hash, state)
    VALUES (asked_mchid, next_no, who, asked_at, expiry, taken, sum_fen, '', 'OPEN');
    UPDATE recon.refund_request SET batch_no = next_no
     WHERE mchid = asked_mchid AND state = 'REQUESTED' AND batch_no IS NULL AND (refund_nos IS NULL OR refund_no = ANY (refund_nos));
    hash := recon.refund_list_hash(asked_mchid, next_no, expiry);
    UPDATE recon.refund_batch SET list_hash = hash WHERE mchid = asked_mchid AND batch_no = next_no;
    PERFORM recon.refund_act_add(asked_mchid, asked_at, who, 'BATCH', next_no::text, taken || ' requests, ' || sum_fen || ' fen, ' || hash);
    RETURN next_no;
END
$function$;
COMMENT ON FUNCTION recon.make_refund_batch(text, text[], timestamptz, timestamptz)
    IS 'Puts the named requests, or with NULL all that wait, into a list for the checker. Returns its number';

CREATE FUNCTION recon.decide_refund_batch(asked_mchid text, asked_batch integer, approve boolean, seen_hash text, seen_requests integer, seen_fen bigint,
                                          said text, asked_at timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    batch record;
    now_requests integer;
    now_fen bigint;
    own text;
    next_state text := CASE WHEN approve THEN 'APPROVED' ELSE 'REJECTED' END;
BEGIN
    PERFORM recon.refund_queue_lock(asked_mchid, asked_at);
    SELECT * INTO batch FROM recon.refund_batch b WHERE b.mchid = asked_mchid AND b.batch_no = asked_batch FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'batch % of merchant % is not known', asked_batch, asked_mchid;
    END IF;
    IF batch.state <> 'OPEN' THEN
        RAISE EXCEPTION 'batch % is % already', asked_batch, batch.state;
    END IF;
    IF batch.maker = who THEN
        RAISE EXCEPTION 'batch % was made by %: another person decides', asked_batch, who;
    END IF;
    SELECT min(r.refund_no) INTO own FROM recon.refund_request r WHERE r.mchid = asked_mchid AND r.batch_no = asked_batch AND r.maker = who;
    IF own IS NOT NULL THEN
        RAISE EXCEPTION 'refund % in batch % was requested by %: another person decides', own, asked_batch, who;
    END IF;
    IF approve THEN
        IF asked_at >= batch.expires_at THEN
            RAISE EXCEPTION 'batch % has expired', asked_batch;
        END IF;
        SELECT count(*), coalesce(sum(r.amount_fen), 0)::bigint INTO now_requests, now_fen
          FROM recon.refund_request r WHERE r.mchid = asked_mchid AND r.batch_no = asked_batch AND r.state = 'REQUESTED';
        IF seen_hash IS DISTINCT FROM batch.list_hash OR seen_requests IS DISTINCT FROM batch.requests OR seen_fen IS DISTINCT FROM batch.total_fen
           OR now_requests <> batch.requests OR now_fen <> batch.total_fen
           OR recon.refund_list_hash(asked_mchid, asked_batch, batch.expires_at) <> batch.list_hash THEN
            RAISE EXCEPTION 'batch % is not the list that was seen', asked_batch;
        END IF;
    ELSIF coalesce(btrim(said), '') = '' THEN
        RAISE EXCEPTION 'a batch is rejected with a reason';
    END IF;
    UPDATE recon.refund_batch SET state = next_state, checker = who, decided_at = asked_at, reason = said
     WHERE mchid = asked_mchid AND batch_no = asked_batch;
    UPDATE recon.refund_request
       SET state = next_state, state_at = asked_at, why = said, events = events + 1, checker = CASE WHEN approve THEN who END,
           approved_at = CASE WHEN approve THEN asked_at END
     WHERE mchid = asked_mchid AND batch_no = asked_batch AND state = 'REQUESTED';
    INSERT INTO recon.refund_event (mchid, refund_no, event_no, at, who, from_state, to_state, why)
    SELECT r.mchid, r.refund_no, r.events, asked_at, who, 'REQUESTED', next_state, said
      FROM recon.refund_request r WHERE r.mchid = asked_mchid AND r.batch_no = asked_batch AND r.state = next_state;
    PERFORM recon.refund_act_add(asked_mchid, asked_at, who, CASE WHEN approve THEN 'APPROVE' ELSE 'REJECT' END, asked_batch::text,
                                 batch.list_hash || ' ' || coalesce(said, ''));
END
$function$;
COMMENT ON FUNCTION recon.decide_refund_batch(text, integer, boolean, text, integer, bigint, text, timestamptz)
    IS 'Approves exactly the list that was seen (its hash, count and total), or rejects it with a reason; never by a login that made it or a request in it';

CREATE FUNCTION recon.reset_refund_breaker(asked_mchid text, said text, asked_at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    was text;
BEGIN
    PERFORM recon.refund_queue_lock(asked_mchid, asked_at);
    SELECT q.state INTO was FROM recon.refund_queue q WHERE q.mchid = asked_mchid;
    IF was = 'OPEN' THEN
        RETURN false;
    END IF;
    IF coalesce(btrim(said), '') = '' THEN
        RAISE EXCEPTION 'the breaker is reset with a reason';
    END IF;
    UPDATE recon.refund_queue SET state = 'OPEN', since = asked_at, reason = NULL, needed_fen = NULL, next_at = NULL WHERE mchid = asked_mchid;
    PERFORM recon.refund_act_add(asked_mchid, asked_at, who, 'RESET', was, said);
    RETURN true;
END
$function$;
COMMENT ON FUNCTION recon.reset_refund_breaker(text, text, timestamptz) IS 'Lets refunds of a merchant be sent again; false when they may be already';

-- ---- what the job does --------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION recon.expire_refunds(asked_mchid text, asked_at timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '10s'
AS $function$
DECLARE
    who text := session_user;
    request record;
    expired integer := 0;
BEGIN
    -- What was approved expires when it is about to be sent, after WeChat Pay has agreed about the time.
    FOR request IN SELECT r.refund_no, r.state
                     FROM recon.refund_request r JOIN recon.refund_batch b ON b.mchid = asked_mchid AND b.batch_no = r.batch_no
                    WHERE r.mchid = asked_mchid AND r.state = 'REQUESTED' AND b.expires_at <= asked_at
                    ORDER BY r.refund_no FOR UPDATE OF r
    LOOP
        PERFORM recon.refund_move(asked_mchid, request.refund_no, asked_at, who, request.state, 'EXPIRED', NULL);
        expired := expired + 1;
    END LOOP;
    RETURN expired;
END
$function$;
COMMENT ON FUNCTION recon.expire_refunds(text, timestamptz) IS 'What was not approved before its batch expired has to be requested anew; how many';

CREATE FUNCTION recon.hold_refunds(asked_mchid text, to_state text, said text, needed bigint, again_at timestamptz, asked_at timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '10s'
AS $function$
BEGIN
    PERFORM recon.refund_queue_lock(asked_mchid, asked_at);
    IF to_state NOT IN ('WAITING_FUNDS', 'TRIPPED', 'OPEN') THEN
        RAISE EXCEPTION 'a queue cannot be %', to_state;
    END IF;
    -- Only a person opens a breaker; the first reason stays.
    UPDATE recon.refund_queue
       SET state = to_state, since = CASE WHEN state = to_state THEN since ELSE asked_at END, reason = CASE WHEN to_state = 'OPEN' THEN NULL ELSE said END,
           needed_fen = needed, next_at = CASE WHEN to_state = 'WAITING_FUNDS' THEN again_at END
     WHERE mchid = asked_mchid AND state <> 'TRIPPED';
END
$function$;
COMMENT ON FUNCTION recon.hold_refunds(text, text, text, bigint, timestamptz, timestamptz)
    IS 'Trips the breaker, lets the queue wait for funds, or go on after it has waited; never undoes a breaker';

CREATE FUNCTION recon.begin_refund(asked_mchid text, asked_refund text, given_body text, objection text, refunded_there boolean, most_fen bigint, asked_at timestamptz)
    RETURNS TABLE (decision text, said text, call_no integer)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '10s'
AS $function$
DECLARE
    who text := session_user;
    request record;
    facts record;
    next_call integer;
    next_event integer;
    asked json;
BEGIN
    IF given_body IS NULL OR refunded_there IS NULL OR most_fen IS NULL OR asked_at IS NULL THEN
        RAISE EXCEPTION 'refund %: what is to be sent, and when, must be said', asked_refund;
    END IF;
    SELECT r.*, b.state AS batch_state, b.expires_at INTO request
      FROM recon.refund_request r JOIN recon.refund_batch b ON b.mchid = asked_mchid AND b.batch_no = r.batch_no
     WHERE r.mchid = asked_mchid AND r.refund_no = asked_refund FOR UPDATE OF r;
    IF NOT FOUND OR request.state NOT IN ('APPROVED', 'UNKNOWN', 'WAITING_FUNDS') OR request.batch_state <> 'APPROVED' THEN
        RETURN QUERY SELECT 'GONE', 'it is ' || coalesce(request.state, 'not known'), NULL::integer;
        RETURN;
    END IF;
    IF asked_at < request.approved_at - interval '1 day' THEN
        RETURN QUERY SELECT 'WAIT', 'it was approved later than now', NULL::integer;
        RETURN;
    END IF;
    IF (SELECT m.suspended_at IS NOT NULL FROM recon.merchant m WHERE m.mchid = asked_mchid) THEN
        RETURN QUERY SELECT 'WAIT', 'the merchant is suspended', NULL::integer;
        RETURN;
    END IF;
    IF request.sends = 0 AND asked_at >= request.expires_at THEN
        PERFORM recon.refund_move(asked_mchid, asked_refund, asked_at, who, request.state, 'EXPIRED', NULL);
        RETURN QUERY SELECT 'EXPIRED', 'its approval has expired', NULL::integer;
        RETURN;
    END IF;
    IF (SELECT q.state FROM recon.refund_queue q WHERE q.mchid = asked_mchid) = 'TRIPPED' THEN
        RETURN QUERY SELECT 'WAIT', 'the breaker has tripped', NULL::integer;
        RETURN;
    END IF;
    said := coalesce(objection, recon.deposit_obstacle(asked_mchid, request.deposit_id, asked_refund, asked_at));
    IF said IS NULL THEN
        SELECT * INTO STRICT facts FROM recon.deposit_facts(asked_mchid, request.deposit_id, asked_refund);
        said := CASE
            WHEN refunded_there AND facts.payment_refunds = 0 THEN 'WeChat Pay has refunded something of its payment that nobody here knows of'
            WHEN request.amount_fen > most_fen THEN request.amount_fen || ' fen are more than the limit of ' || most_fen || ' a request'
            WHEN facts.deposit_fen <> request.deposit_fen THEN 'the deposit is of ' || facts.deposit_fen || ' fen now, not ' || request.deposit_fen
            WHEN facts.deduction_fen <> request.deduction_fen THEN 'deductions are ' || facts.deduction_fen || ' fen now, not ' || request.deduction_fen
            WHEN facts.refunded_fen <> request.refunded_fen THEN facts.refunded_fen || ' fen are refunded now, not ' || request.refunded_fen
            WHEN facts.total_fen <> request.total_fen THEN 'the payment is of ' || facts.total_fen || ' fen now, not ' || request.total_fen
            WHEN (facts.out_trade_no, facts.item_no) IS DISTINCT FROM (request.out_trade_no, request.item_no)
                 OR facts.transaction_id IS DISTINCT FROM request.transaction_id OR facts.sub_mchid IS DISTINCT FROM request.sub_mchid
                THEN 'the deposit belongs to another payment now'
        END;
    END IF;
    IF said IS NOT NULL THEN
        -- What was sent may still arrive: only after a while, and a query, is "there is no such refund" the last word.
        IF request.state = 'WAITING_FUNDS' THEN
            PERFORM recon.refund_move(asked_mchid, asked_refund, asked_at, who, request.state, 'UNKNOWN', said);
            UPDATE recon.refund_request SET refusal = said, next_at = asked_at WHERE mchid = asked_mchid AND refund_no = asked_refund;
            RETURN QUERY SELECT 'WAIT', said, NULL::integer;
            RETURN;
        END IF;
        IF request.sends > 0 AND asked_at < request.sent_at + interval '10 minutes' THEN
            RETURN QUERY SELECT 'WAIT', said, NULL::integer;
            RETURN;
        END IF;
        PERFORM recon.refund_move(asked_mchid, asked_refund, asked_at, who, request.state, 'DROPPED', said);
        RETURN QUERY SELECT 'DROPPED', said, NULL::integer;
        RETURN;
    END IF;
    said := CASE
        WHEN EXISTS (SELECT FROM recon.refund_request r
                      WHERE r.mchid = asked_mchid AND r.out_trade_no = request.out_trade_no AND r.refund_no <> asked_refund
                        AND r.state IN ('SENDING', 'UNKNOWN', 'WAITING_FUNDS', 'PROCESSING', 'ABNORMAL')) THEN 'another refund of its payment is on its way'
        WHEN asked_at < facts.newest_refund_at + interval '1 minute' THEN 'a refund of its payment was sent less than a minute ago'
    END;
    IF said IS NOT NULL THEN
        RETURN QUERY SELECT 'WAIT', said, NULL::integer;
        RETURN;
    END IF;
    IF request.body IS DISTINCT FROM given_body AND request.body IS NOT NULL THEN
        RAISE EXCEPTION 'refund % was sent with other bytes before', asked_refund;
    END IF;
    asked := given_body::json;
    IF asked ->> 'out_refund_no' IS DISTINCT FROM asked_refund OR (asked -> 'amount' ->> 'refund')::bigint IS DISTINCT FROM request.amount_fen
       OR (asked -> 'amount' ->> 'total')::bigint IS DISTINCT FROM request.total_fen OR asked ->> 'sub_mchid' IS DISTINCT FROM request.sub_mchid
       OR asked ->> 'transaction_id' IS DISTINCT FROM request.transaction_id
       OR asked ->> 'out_trade_no' IS DISTINCT FROM (CASE WHEN request.transaction_id IS NULL THEN request.out_trade_no END) THEN
        RAISE EXCEPTION 'refund %: the bytes are not what was approved', asked_refund;
    END IF;
    -- One UPDATE: each writes the row anew, into all indexes, and checks all constraints.
    UPDATE recon.refund_request
       SET state = 'SENDING', state_at = asked_at, why = NULL, body = given_body, sends = sends + 1, first_sent_at = coalesce(first_sent_at, asked_at),
           sent_at = asked_at, next_at = NULL, calls = calls + 1, events = events + 1
     WHERE mchid = asked_mchid AND refund_no = asked_refund
    RETURNING calls, events INTO next_call, next_event;
    PERFORM recon.refund_event_add(asked_mchid, asked_refund, next_event, asked_at, who, request.state, 'SENDING', NULL);
    INSERT INTO recon.refund_call (mchid, refund_no, call_no, kind, sent_at, request)
    VALUES (asked_mchid, asked_refund, next_call, 'CREATE', asked_at, given_body);
    RETURN QUERY SELECT 'SEND', NULL::text, next_call;
END
$function$;
COMMENT ON FUNCTION recon.begin_refund(text, text, text, text, boolean, bigint, timestamptz)
    IS 'Reads the facts again under lock and, when they are those that were approved, makes the request SENDING with its bytes. decision: SEND (commit, then open the socket), WAIT, DROPPED, EXPIRED, GONE';

CREATE FUNCTION recon.note_refund_call(asked_mchid text, asked_refund text, call_kind text, begun_call integer, begun_at timestamptz, asked_for text,
                                       ended_at timestamptz, http_status integer, said_id text, reply_bytes bytea, meant text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '10s'
AS $function$
DECLARE
    next_call integer;
BEGIN
    IF begun_call IS NOT NULL THEN
        UPDATE recon.refund_call SET replied_at = ended_at, status = http_status, request_id = said_id, reply = reply_bytes, outcome = meant
         WHERE mchid = asked_mchid AND refund_no = asked_refund AND call_no = begun_call AND kind = call_kind AND replied_at IS NULL;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'refund % has no call % that is under way', asked_refund, begun_call;
        END IF;
        RETURN;
    END IF;
    IF call_kind = 'CREATE' THEN
        RAISE EXCEPTION 'refund %: a request is begun before it is sent', asked_refund;
    END IF;
    UPDATE recon.refund_request SET calls = calls + 1 WHERE mchid = asked_mchid AND refund_no = asked_refund RETURNING calls INTO next_call;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refund % of merchant % is not known', asked_refund, asked_mchid;
    END IF;
    INSERT INTO recon.refund_call (mchid, refund_no, call_no, kind, sent_at, request, replied_at, status, request_id, reply, outcome)
    VALUES (asked_mchid, asked_refund, next_call, call_kind, begun_at, asked_for, ended_at, http_status, said_id, reply_bytes, meant);
END
$function$;
COMMENT ON FUNCTION recon.note_refund_call(text, text, text, integer, timestamptz, text, timestamptz, integer, text, bytea, text)
    IS 'Keeps a call: ends the CREATE that recon.begin_refund began, or adds one that has ended';

CREATE FUNCTION recon.note_refund_state(asked_mchid text, asked_refund text, from_given text, to_given text, said text, refused text, again_at timestamptz,
                                        known_id text, known_accepted_at timestamptz, known_success_at timestamptz, asked_at timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog SET lock_timeout = '10s'
AS $function$
DECLARE
    who text := session_user;
    moves boolean := to_given <> from_given;
    moved record;
BEGIN
    -- These belong to people, to recon.begin_refund and to recon.confirm_refund.
    IF to_given IN ('REQUESTED', 'APPROVED', 'SENDING', 'CONFIRMED', 'REJECTED', 'EXPIRED') OR from_given IN ('REQUESTED', 'APPROVED') THEN
        RAISE EXCEPTION 'refund %: a reply does not make % of %', asked_refund, to_given, from_given;
    END IF;
    IF to_given = 'DROPPED' AND NOT EXISTS (SELECT FROM recon.refund_request r
                                             WHERE r.mchid = asked_mchid AND r.refund_no = asked_refund AND r.refusal IS NOT NULL
                                               AND asked_at >= r.sent_at + interval '10 minutes') THEN
        RAISE EXCEPTION 'refund % was sent less than ten minutes ago, or was never refused', asked_refund;
    END IF;
    UPDATE recon.refund_request
       SET state = to_given, state_at = CASE WHEN moves THEN asked_at ELSE state_at END,
           why = CASE WHEN NOT moves THEN why WHEN to_given = 'DROPPED' THEN refusal ELSE said END, events = events + moves::integer,
           refusal = coalesce(refused, refusal), next_at = again_at, refund_id = coalesce(known_id, refund_id),
           accepted_at = coalesce(known_accepted_at, accepted_at), success_at = coalesce(known_success_at, success_at),
           queries = CASE WHEN moves THEN 0 ELSE queries + 1 END
     WHERE mchid = asked_mchid AND refund_no = asked_refund AND state = from_given
    RETURNING * INTO moved;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refund % is not % any more', asked_refund, from_given;
    END IF;
    IF moves THEN
        PERFORM recon.refund_event_add(asked_mchid, asked_refund, moved.events, asked_at, who, from_given, to_given, moved.why);
    END IF;
END
$function$;
COMMENT ON FUNCTION recon.note_refund_state(text, text, text, text, text, text, timestamptz, text, timestamptz, timestamptz, timestamptz)
    IS 'What a reply made of a request, and when it is asked for again; the same state: it was asked for once more';

CREATE FUNCTION recon.confirm_refund(asked_mchid text, asked_refund text, seen_id text, seen_day date, asked_at timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
BEGIN
    PERFORM recon.refund_move(asked_mchid, asked_refund, asked_at, who, 'SUCCESS', 'CONFIRMED', NULL);
    UPDATE recon.refund_request SET confirmed_day = seen_day, next_at = NULL
     WHERE mchid = asked_mchid AND refund_no = asked_refund AND refund_id = seen_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refund % has another refund_id than %', asked_refund, seen_id;
    END IF;
END
$function$;
COMMENT ON FUNCTION recon.confirm_refund(text, text, text, date, timestamptz) IS 'A bill shows the refund as it was sent: the last proof';

-- ---- what bills say ---------------------------------------------------------------------------------------------------------------------

-- The books of a day have our refunds by their time.
CREATE INDEX refund_request_closed ON recon.refund_request (mchid, refund_no) WHERE state = 'CLOSED';
CREATE INDEX refund_request_booked ON recon.refund_request (mchid, (COALESCE(accepted_at, sent_at))) WHERE sent_at IS NOT NULL;

CREATE TABLE recon.refund_bill_row (
    mchid text NOT NULL,
    bill_day date NOT NULL,
    line_no bigint NOT NULL,
    refund_no text NOT NULL,
    refund_id text NOT NULL,
    amount_fen bigint NOT NULL,
    status text NOT NULL,
    CONSTRAINT refund_bill_row_key PRIMARY KEY (mchid, bill_day, line_no),
    CONSTRAINT refund_bill_row_merchant FOREIGN KEY (mchid) REFERENCES recon.merchant (mchid)
);
CREATE INDEX refund_bill_row_refund ON recon.refund_bill_row (mchid, refund_no);
COMMENT ON TABLE recon.refund_bill_row IS 'Rows of trade bills under numbers of the form of our refunds; a day''s are replaced when it is reconciled';
COMMENT ON COLUMN recon.refund_bill_row.mchid IS 'Merchant';
COMMENT ON COLUMN recon.refund_bill_row.bill_day IS 'Bill day';
COMMENT ON COLUMN recon.refund_bill_row.line_no IS 'Line of the bill';
COMMENT ON COLUMN recon.refund_bill_row.refund_no IS 'out_refund_no; no request need be known by it';
COMMENT ON COLUMN recon.refund_bill_row.refund_id IS 'WeChat Pay''s number of the refund';
COMMENT ON COLUMN recon.refund_bill_row.amount_fen IS 'Amount that was asked for';
COMMENT ON COLUMN recon.refund_bill_row.status IS 'As in the bill: SUCCESS, PROCESSING, FAIL, CHANGE, or a word that is not known yet';

CREATE FUNCTION recon.confirm_refunds(asked_mchid text, asked_at timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    seen record;
    confirmed integer := 0;
    before text := '';
BEGIN
    FOR seen IN SELECT r.refund_no, b.refund_id, b.bill_day
                  FROM recon.refund_request r JOIN recon.refund_bill_row b ON b.mchid = asked_mchid AND b.refund_no = r.refund_no
                 WHERE r.mchid = asked_mchid AND r.state = 'SUCCESS' AND b.refund_id = r.refund_id AND b.amount_fen = r.amount_fen
                   AND b.status IN ('SUCCESS', 'PROCESSING')
                 ORDER BY r.refund_no, b.bill_day, b.line_no FOR UPDATE OF r
    LOOP
        -- A refund that stands in bills twice is a finding of its own (T07).
        IF seen.refund_no <> before THEN
            PERFORM recon.confirm_refund(asked_mchid, seen.refund_no, seen.refund_id, seen.bill_day, asked_at);
            confirmed := confirmed + 1;
        END IF;
        before := seen.refund_no;
    END LOOP;
    RETURN confirmed;
END
$function$;
COMMENT ON FUNCTION recon.confirm_refunds(text, timestamptz) IS 'Confirms every successful refund that a bill shows with its number at WeChat Pay and its amount; how many';

CREATE FUNCTION recon.ask_refunds(asked_mchid text, asked_at timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    asked integer;
BEGIN
    UPDATE recon.refund_request r SET next_at = asked_at
     WHERE r.mchid = asked_mchid AND (r.next_at IS NULL OR r.next_at > asked_at)
       AND (r.state IN ('UNKNOWN', 'PROCESSING', 'ABNORMAL', 'CLOSED')
            AND EXISTS (SELECT FROM recon.refund_bill_row b
                         WHERE b.mchid = asked_mchid AND b.refund_no = r.refund_no AND b.status = 'SUCCESS')
            OR r.state = 'SUCCESS'
            AND EXISTS (SELECT FROM recon.finding f
                         WHERE f.mchid = asked_mchid AND f.leg IN ('REFUND', 'DEPOSIT') AND f.key = r.refund_no
                           AND f.code IN ('R02', 'R05') AND f.state <> 'RESOLVED'))
       AND NOT EXISTS (SELECT FROM recon.refund_call c
                        WHERE c.mchid = asked_mchid AND c.refund_no = r.refund_no AND c.kind = 'QUERY' AND c.sent_at > asked_at - interval '1 hour');
    GET DIAGNOSTICS asked = ROW_COUNT;
    RETURN asked;
END
$function$;
COMMENT ON FUNCTION recon.ask_refunds(text, timestamptz)
    IS 'Makes refunds due for a query that bills contradict: shown as successful and not so here, or the other way round (R02, R05); how many';

CREATE TABLE recon.refund_alarm (
    mchid text NOT NULL,
    finding_id text NOT NULL,
    event_no integer NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT refund_alarm_key PRIMARY KEY (mchid, finding_id, event_no),
    CONSTRAINT refund_alarm_finding FOREIGN KEY (mchid, finding_id) REFERENCES recon.finding (mchid, finding_id)
);
COMMENT ON TABLE recon.refund_alarm IS 'Findings that have tripped the breaker: what a person has reset it after does not trip it again';
COMMENT ON COLUMN recon.refund_alarm.mchid IS 'Merchant';
COMMENT ON COLUMN recon.refund_alarm.finding_id IS 'Finding of class R02, R08 or R09';
COMMENT ON COLUMN recon.refund_alarm.event_no IS 'The event that opened it; reopened, it trips again';
COMMENT ON COLUMN recon.refund_alarm.at IS 'When';

CREATE TABLE recon.fund_balance (
    mchid text NOT NULL,
    bill_day date NOT NULL,
    rows bigint NOT NULL,
    opening_fen bigint NOT NULL,
    closing_fen bigint NOT NULL,
    CONSTRAINT fund_balance_key PRIMARY KEY (mchid, bill_day),
    CONSTRAINT fund_balance_merchant FOREIGN KEY (mchid) REFERENCES recon.merchant (mchid),
    CONSTRAINT fund_balance_rows CHECK (rows > 0)
);
COMMENT ON TABLE recon.fund_balance IS 'What was on the account at the end of a bill day, from a fund-flow bill whose running balance has no break; replaced when the day is reconciled';
COMMENT ON COLUMN recon.fund_balance.mchid IS 'Merchant';
COMMENT ON COLUMN recon.fund_balance.bill_day IS 'Bill day; without a row nothing moved, or the balance was not proved';
COMMENT ON COLUMN recon.fund_balance.rows IS 'Rows of the bill';
COMMENT ON COLUMN recon.fund_balance.opening_fen IS 'Before its first movement';
COMMENT ON COLUMN recon.fund_balance.closing_fen IS 'After its last movement';

COMMENT ON COLUMN recon.finding.leg IS 'TRADE, REFUND, FUND, EVIDENCE, BOOKS, SETTLE, or DEPOSIT: deposits and our refunds of them, looked at each night';

-- ---- what the platform reads -----------------------------------------------------------------------------------------------------------

CREATE SCHEMA recon_out;
COMMENT ON SCHEMA recon_out IS 'What the rental platform reads of payrecon';

-- Rights on a view alone do not reach Citus' shards: the reader has SELECT on these columns of the table, and no others (sql/roles.sql).
CREATE VIEW recon_out.deposit_refund WITH (security_invoker = true) AS
    SELECT r.mchid, r.deposit_id, r.refund_no AS out_refund_no, r.amount_fen, r.state AS status, r.refund_id, r.accepted_at, r.success_at,
           r.confirmed_day, r.state_at AS updated_at
      FROM recon.refund_request r;
COMMENT ON VIEW recon_out.deposit_refund IS 'Our deposit refunds and what has become of them; one row a request';
COMMENT ON COLUMN recon_out.deposit_refund.mchid IS 'Merchant';
COMMENT ON COLUMN recon_out.deposit_refund.deposit_id IS 'Deposit';
COMMENT ON COLUMN recon_out.deposit_refund.out_refund_no IS 'Number of the refund; another request of the same deposit has another';
COMMENT ON COLUMN recon_out.deposit_refund.amount_fen IS 'Amount';
COMMENT ON COLUMN recon_out.deposit_refund.status IS 'SUCCESS: paid out; CONFIRMED: a bill shows it, too; ABNORMAL, CLOSED, REJECTED, EXPIRED, DROPPED: not paid out; any other: not decided yet';
COMMENT ON COLUMN recon_out.deposit_refund.refund_id IS 'WeChat Pay''s number, once accepted';
COMMENT ON COLUMN recon_out.deposit_refund.accepted_at IS 'When WeChat Pay accepted it';
COMMENT ON COLUMN recon_out.deposit_refund.success_at IS 'When the money arrived';
COMMENT ON COLUMN recon_out.deposit_refund.confirmed_day IS 'Bill day whose bill shows it';
COMMENT ON COLUMN recon_out.deposit_refund.updated_at IS 'When the status last changed';

-- New functions are open to everybody until somebody closes them; sql/roles.sql opens them to those who may.
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM PUBLIC;
