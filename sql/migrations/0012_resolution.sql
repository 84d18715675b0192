-- The way out for a refund whose answers contradict each other and that stays UNKNOWN: a maker says, with a reason, whether it was paid; a
-- checker confirms exactly that. And what has expired says when.

-- The functions read the platform's views, which may come later.
SET LOCAL check_function_bodies = off;

CREATE TABLE recon.refund_proposal (
    mchid text NOT NULL,
    refund_no text NOT NULL,
    proposal_no integer NOT NULL,
    maker text NOT NULL,
    proposed_at timestamptz NOT NULL,
    resolve_as text NOT NULL,
    reason text NOT NULL,
    evidence text,
    answer text NOT NULL,
    asked_at timestamptz NOT NULL,
    calls integer NOT NULL,
    events integer NOT NULL,
    CONSTRAINT refund_proposal_key PRIMARY KEY (mchid, refund_no, proposal_no),
    CONSTRAINT refund_proposal_maker UNIQUE (mchid, refund_no, proposal_no, maker),
    CONSTRAINT refund_proposal_request FOREIGN KEY (mchid, refund_no) REFERENCES recon.refund_request (mchid, refund_no),
    CONSTRAINT refund_proposal_as CHECK (resolve_as IN ('SUCCESS', 'CLOSED')),
    CONSTRAINT refund_proposal_reason CHECK (btrim(reason) <> '')
);
COMMENT ON TABLE recon.refund_proposal IS 'Proposals to resolve a refund in doubt. Rows come from recon.propose_refund_resolution only and never change.';
COMMENT ON COLUMN recon.refund_proposal.mchid IS 'Merchant';
COMMENT ON COLUMN recon.refund_proposal.refund_no IS 'Refund';
COMMENT ON COLUMN recon.refund_proposal.proposal_no IS 'From 1; the last one counts, as long as nothing has happened since';
COMMENT ON COLUMN recon.refund_proposal.maker IS 'Database login that proposed it';
COMMENT ON COLUMN recon.refund_proposal.proposed_at IS 'When';
COMMENT ON COLUMN recon.refund_proposal.resolve_as IS 'SUCCESS: it was paid; CLOSED: it was not, and never will be';
COMMENT ON COLUMN recon.refund_proposal.reason IS 'How that is known';
COMMENT ON COLUMN recon.refund_proposal.evidence IS 'Where that can be looked up, as the number of a case of WeChat Pay''s support; NULL: not said';
COMMENT ON COLUMN recon.refund_proposal.answer IS 'What WeChat Pay said last: ASKED_VANISHED or ASKED_MISMATCH';
COMMENT ON COLUMN recon.refund_proposal.asked_at IS 'When it was asked then';
COMMENT ON COLUMN recon.refund_proposal.calls IS 'How many calls there were about the refund; another one makes the proposal void';
COMMENT ON COLUMN recon.refund_proposal.events IS 'How many events there were; another one makes the proposal void';

CREATE TABLE recon.refund_resolution (
    mchid text NOT NULL,
    refund_no text NOT NULL,
    proposal_no integer NOT NULL,
    maker text NOT NULL,
    checker text NOT NULL,
    resolved_at timestamptz NOT NULL,
    CONSTRAINT refund_resolution_key PRIMARY KEY (mchid, refund_no, proposal_no),
    CONSTRAINT refund_resolution_proposal FOREIGN KEY (mchid, refund_no, proposal_no, maker)
        REFERENCES recon.refund_proposal (mchid, refund_no, proposal_no, maker),
    CONSTRAINT refund_resolution_two CHECK (checker <> maker)
);
COMMENT ON TABLE recon.refund_resolution IS 'Proposals that a second person confirmed. Rows come from recon.confirm_refund_resolution only and never change.';
COMMENT ON COLUMN recon.refund_resolution.mchid IS 'Merchant';
COMMENT ON COLUMN recon.refund_resolution.refund_no IS 'Refund';
COMMENT ON COLUMN recon.refund_resolution.proposal_no IS 'Which proposal';
COMMENT ON COLUMN recon.refund_resolution.maker IS 'Who proposed it';
COMMENT ON COLUMN recon.refund_resolution.checker IS 'Database login that confirmed it; never the maker';
COMMENT ON COLUMN recon.refund_resolution.resolved_at IS 'When';

ALTER TABLE recon.refund_request ADD COLUMN resolved_no integer;
ALTER TABLE recon.refund_request ADD CONSTRAINT refund_request_resolved CHECK (resolved_no IS NULL OR state IN ('SUCCESS', 'CLOSED'));
ALTER TABLE recon.refund_request ADD CONSTRAINT refund_request_resolution FOREIGN KEY (mchid, refund_no, resolved_no)
    REFERENCES recon.refund_resolution (mchid, refund_no, proposal_no);
CREATE INDEX refund_request_resolved_closed ON recon.refund_request (mchid, out_trade_no) WHERE state = 'CLOSED' AND resolved_no IS NOT NULL;
COMMENT ON COLUMN recon.refund_request.resolved_no IS 'The proposal that has made its state what it is; NULL: WeChat Pay has, or a bill';
COMMENT ON COLUMN recon.refund_act.bytes
    IS 'Between tabs: act_no, time in microseconds since 1970, login, act (REQUEST, BATCH, APPROVE, REJECT, WITHDRAW, RESET, QUERY, PROPOSE, RESOLVE), subject, what was said';

-- ---- inner parts -------------------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION recon.refund_move(asked_mchid text, asked_refund text, moved_at timestamptz, who text, from_given text, to_given text, said text) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog
AS $function$
DECLARE
    next_no integer;
BEGIN
    IF to_given = 'EXPIRED' AND said IS NULL THEN
        SELECT CASE WHEN from_given = 'REQUESTED' THEN 'not approved before ' ELSE 'approved, and not sent before ' END
                   || to_char(b.expires_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS')
          INTO said
          FROM recon.refund_request r JOIN recon.refund_batch b ON b.mchid = asked_mchid AND b.batch_no = r.batch_no
         WHERE r.mchid = asked_mchid AND r.refund_no = asked_refund;
    END IF;
    -- What two people said of it was about the state that it leaves.
    UPDATE recon.refund_request SET state = to_given, state_at = moved_at, why = said, events = events + 1, resolved_no = NULL
     WHERE mchid = asked_mchid AND refund_no = asked_refund AND state = from_given
    RETURNING events INTO next_no;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refund % is not % any more', asked_refund, from_given;
    END IF;
    PERFORM recon.refund_event_add(asked_mchid, asked_refund, next_no, moved_at, who, from_given, to_given, said);
END
$function$;

CREATE OR REPLACE FUNCTION recon.note_refund_state(asked_mchid text, asked_refund text, from_given text, to_given text, said text, refused text, again_at timestamptz,
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
           queries = CASE WHEN moves THEN 0 ELSE queries + 1 END, resolved_no = CASE WHEN moves THEN NULL ELSE resolved_no END
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

CREATE OR REPLACE FUNCTION recon.deposit_facts(asked_mchid text, asked_deposit text, but_refund text)
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
         UNION ALL
        -- Not paid, two people said; a bill says that it was.
        SELECT r.refund_no, r.item_no, r.amount_fen, r.sent_at
          FROM recon.refund_request r
         WHERE r.mchid = asked_mchid AND r.refund_no IS DISTINCT FROM but_refund AND r.state = 'CLOSED' AND r.resolved_no IS NOT NULL
           AND r.out_trade_no = (SELECT d.out_trade_no FROM rental.deposit d WHERE d.mchid = asked_mchid AND d.deposit_id = asked_deposit)
           AND EXISTS (SELECT FROM recon.refund_bill_row b WHERE b.mchid = asked_mchid AND b.refund_no = r.refund_no AND b.status = 'SUCCESS')
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

-- ---- what people do ----------------------------------------------------------------------------------------------------------------------

CREATE FUNCTION recon.query_refund(asked_mchid text, asked_refund text, asked_at timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    now_state text;
BEGIN
    PERFORM recon.refund_queue_lock(asked_mchid, asked_at);
    SELECT r.state INTO now_state FROM recon.refund_request r WHERE r.mchid = asked_mchid AND r.refund_no = asked_refund FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refund % of merchant % is not known', asked_refund, asked_mchid;
    END IF;
    IF now_state NOT IN ('UNKNOWN', 'PROCESSING', 'SUCCESS', 'ABNORMAL', 'CLOSED') THEN
        RAISE EXCEPTION 'refund % is %: there is nothing to ask about it', asked_refund, now_state;
    END IF;
    UPDATE recon.refund_request SET next_at = asked_at
     WHERE mchid = asked_mchid AND refund_no = asked_refund AND (next_at IS NULL OR next_at > asked_at);
    PERFORM recon.refund_act_add(asked_mchid, asked_at, who, 'QUERY', asked_refund, now_state);
END
$function$;
COMMENT ON FUNCTION recon.query_refund(text, text, timestamptz) IS 'Lets the next payrecon-refund ask WeChat Pay about a refund';

CREATE FUNCTION recon.refund_resolve_obstacle(asked_mchid text, asked_refund text, wanted text, asked_at timestamptz) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog
AS $function$
DECLARE
    request record;
    answer record;
    there text;
    first_day date;
    last_day date;
    reconciled bigint;
    shown boolean;
    shown_paid boolean;
    shown_alive boolean;
BEGIN
    SELECT r.state, r.next_at, r.first_sent_at, r.sent_at, r.accepted_at INTO request
      FROM recon.refund_request r WHERE r.mchid = asked_mchid AND r.refund_no = asked_refund;
    IF NOT FOUND THEN
        RETURN 'it is not known';
    END IF;
    IF wanted IS NULL OR wanted NOT IN ('SUCCESS', 'CLOSED') THEN
        RETURN 'it can be SUCCESS or CLOSED only';
    END IF;
    IF request.state <> 'UNKNOWN' THEN
        RETURN 'it is ' || request.state || ', not in doubt';
    END IF;
    SELECT c.kind, c.outcome, c.sent_at, c.reply INTO answer
      FROM recon.refund_call c WHERE c.mchid = asked_mchid AND c.refund_no = asked_refund ORDER BY c.call_no DESC LIMIT 1;
    -- Only what contradicts itself is left alone by the job, and is never sent again: it was accepted once.
    IF request.next_at IS NOT NULL OR answer.outcome IS NULL OR answer.outcome NOT IN ('SENT_MISMATCH', 'ASKED_MISMATCH', 'ASKED_VANISHED') THEN
        RETURN 'its answers do not contradict each other: WeChat Pay is still to be asked';
    END IF;
    IF answer.kind <> 'QUERY' THEN
        RETURN 'WeChat Pay was not asked about it since it was sent';
    END IF;
    -- What was accepted may be carried out for seven days (FACTS 5.2): before that nobody can say that it never will be.
    IF answer.sent_at < request.sent_at + (CASE wanted WHEN 'CLOSED' THEN interval '8 days' ELSE interval '1 day' END) THEN
        RETURN 'WeChat Pay was last asked about it less than ' || (CASE wanted WHEN 'CLOSED' THEN 'eight days' ELSE 'a day' END) || ' after it was sent';
    END IF;
    IF asked_at IS NULL OR asked_at > answer.sent_at + interval '3 days' THEN
        RETURN 'WeChat Pay was last asked about it more than three days ago';
    END IF;
    IF answer.outcome = 'ASKED_MISMATCH' THEN
        there := coalesce(convert_from(answer.reply, 'UTF8')::json ->> 'status', 'of no status');
        IF there <> wanted THEN
            RETURN 'WeChat Pay has a refund under its number that is ' || there;
        END IF;
    END IF;
    shown := EXISTS (SELECT FROM recon.refund_bill_row b WHERE b.mchid = asked_mchid AND b.refund_no = asked_refund);
    shown_paid := EXISTS (SELECT FROM recon.refund_bill_row b WHERE b.mchid = asked_mchid AND b.refund_no = asked_refund AND b.status = 'SUCCESS');
    shown_alive := EXISTS (SELECT FROM recon.refund_bill_row b WHERE b.mchid = asked_mchid AND b.refund_no = asked_refund AND b.status <> 'FAIL');
    -- A bill's PROCESSING stays what it is when the refund is carried out (FACTS 3.4); without a word of WeChat Pay against it, it decides.
    IF answer.outcome = 'ASKED_VANISHED' AND shown AND shown_alive = (wanted = 'CLOSED') THEN
        RETURN CASE WHEN shown_paid THEN 'a bill shows it as paid' WHEN shown_alive THEN 'a bill shows it as accepted' ELSE 'a bill shows that it failed' END;
    END IF;
    IF wanted = 'CLOSED' THEN
        IF shown_paid THEN
            RETURN 'a bill shows it as paid';
        END IF;
        first_day := (request.first_sent_at AT TIME ZONE 'Asia/Shanghai')::date;
        last_day := (request.sent_at AT TIME ZONE 'Asia/Shanghai')::date + 1;
    ELSE
        first_day := (coalesce(request.accepted_at, request.sent_at) AT TIME ZONE 'Asia/Shanghai')::date;
        last_day := first_day + 1;
    END IF;
    SELECT count(*) INTO reconciled FROM recon.day d
     WHERE d.mchid = asked_mchid AND d.bill_day BETWEEN first_day AND last_day AND d.stage IN ('RECONCILED', 'SETTLED');
    IF wanted = 'CLOSED' AND reconciled <= last_day - first_day THEN
        RETURN 'the bills from ' || to_char(first_day, 'YYYY-MM-DD') || ' to ' || to_char(last_day, 'YYYY-MM-DD') || ' are not all reconciled: one of them may show it';
    END IF;
    IF wanted = 'SUCCESS' AND reconciled > last_day - first_day AND NOT shown THEN
        RETURN 'the bills of ' || to_char(first_day, 'YYYY-MM-DD') || ' and ' || to_char(last_day, 'YYYY-MM-DD') || ' do not show it';
    END IF;
    RETURN NULL;
END
$function$;
COMMENT ON FUNCTION recon.refund_resolve_obstacle(text, text, text, timestamptz)
    IS 'Why a refund cannot be resolved so now; NULL: two people may. As CLOSED only what WeChat Pay cannot carry out any more, or the deposit would be paid twice';

CREATE FUNCTION recon.propose_refund_resolution(asked_mchid text, asked_refund text, wanted text, said text, seen_in text, asked_at timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    obstacle text;
    request record;
    answer record;
    next_no integer;
BEGIN
    PERFORM recon.refund_queue_lock(asked_mchid, asked_at);
    SELECT r.calls, r.events INTO request FROM recon.refund_request r WHERE r.mchid = asked_mchid AND r.refund_no = asked_refund FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refund % of merchant % is not known', asked_refund, asked_mchid;
    END IF;
    IF coalesce(btrim(said), '') = '' THEN
        RAISE EXCEPTION 'a refund is resolved with a reason';
    END IF;
    obstacle := recon.refund_resolve_obstacle(asked_mchid, asked_refund, wanted, asked_at);
    IF obstacle IS NOT NULL THEN
        RAISE EXCEPTION 'refund % cannot be resolved: %', asked_refund, obstacle;
    END IF;
    SELECT c.outcome, c.sent_at INTO STRICT answer
      FROM recon.refund_call c WHERE c.mchid = asked_mchid AND c.refund_no = asked_refund ORDER BY c.call_no DESC LIMIT 1;
    SELECT coalesce(max(p.proposal_no), 0) + 1 INTO next_no FROM recon.refund_proposal p WHERE p.mchid = asked_mchid AND p.refund_no = asked_refund;
    INSERT INTO recon.refund_proposal (mchid, refund_no, proposal_no, maker, proposed_at, resolve_as, reason, evidence, answer, asked_at, calls, events)
    VALUES (asked_mchid, asked_refund, next_no, who, asked_at, wanted, said, seen_in, answer.outcome, answer.sent_at, request.calls, request.events);
    PERFORM recon.refund_act_add(asked_mchid, asked_at, who, 'PROPOSE', asked_refund,
                                 next_no || ' ' || wanted || ', ' || answer.outcome || ': ' || said || coalesce(' (' || seen_in || ')', ''));
    RETURN next_no;
END
$function$;
COMMENT ON FUNCTION recon.propose_refund_resolution(text, text, text, text, text, timestamptz)
    IS 'Proposes, as the caller''s login, what became of a refund whose answers contradict each other; returns the number that another login confirms';

CREATE FUNCTION recon.confirm_refund_resolution(asked_mchid text, asked_refund text, proposal integer, seen_as text, asked_at timestamptz) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    obstacle text;
    request record;
    last_no integer;
    proposed record;
BEGIN
    PERFORM recon.refund_queue_lock(asked_mchid, asked_at);
    SELECT r.state, r.calls, r.events INTO request FROM recon.refund_request r WHERE r.mchid = asked_mchid AND r.refund_no = asked_refund FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'refund % of merchant % is not known', asked_refund, asked_mchid;
    END IF;
    SELECT max(p.proposal_no) INTO last_no FROM recon.refund_proposal p WHERE p.mchid = asked_mchid AND p.refund_no = asked_refund;
    IF last_no IS DISTINCT FROM proposal THEN
        RAISE EXCEPTION 'proposal % is not the last one of refund %', proposal, asked_refund;
    END IF;
    SELECT p.maker, p.resolve_as, p.reason, p.evidence, p.calls, p.events INTO STRICT proposed
      FROM recon.refund_proposal p WHERE p.mchid = asked_mchid AND p.refund_no = asked_refund AND p.proposal_no = proposal;
    IF seen_as IS DISTINCT FROM proposed.resolve_as THEN
        RAISE EXCEPTION 'proposal % of refund % is %', proposal, asked_refund, proposed.resolve_as;
    END IF;
    IF request.state <> 'UNKNOWN' OR request.calls <> proposed.calls OR request.events <> proposed.events THEN
        RAISE EXCEPTION 'refund % is not what was proposed about any more', asked_refund;
    END IF;
    IF proposed.maker = who THEN
        RAISE EXCEPTION 'proposal % of refund % was made by %: another person decides', proposal, asked_refund, who;
    END IF;
    obstacle := recon.refund_resolve_obstacle(asked_mchid, asked_refund, proposed.resolve_as, asked_at);
    IF obstacle IS NOT NULL THEN
        RAISE EXCEPTION 'refund % cannot be resolved: %', asked_refund, obstacle;
    END IF;
    INSERT INTO recon.refund_resolution (mchid, refund_no, proposal_no, maker, checker, resolved_at)
    VALUES (asked_mchid, asked_refund, proposal, proposed.maker, who, asked_at);
    PERFORM recon.refund_move(asked_mchid, asked_refund, asked_at, who, 'UNKNOWN', proposed.resolve_as,
                              'resolved as ' || proposed.maker || ' proposed: ' || proposed.reason || coalesce(' (' || proposed.evidence || ')', ''));
    UPDATE recon.refund_request SET resolved_no = proposal, queries = 0 WHERE mchid = asked_mchid AND refund_no = asked_refund;
    PERFORM recon.refund_act_add(asked_mchid, asked_at, who, 'RESOLVE', asked_refund, proposal || ' ' || proposed.resolve_as || ', as ' || proposed.maker || ' proposed');
END
$function$;
COMMENT ON FUNCTION recon.confirm_refund_resolution(text, text, integer, text, timestamptz)
    IS 'Resolves a refund, as the caller''s login, as another login has proposed, when nothing has happened since';

-- ---- what the platform reads -----------------------------------------------------------------------------------------------------------

UPDATE recon.refund_request r
   SET why = 'expired ' || to_char(r.state_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD HH24:MI:SS')
 WHERE r.state = 'EXPIRED' AND r.why IS NULL;

CREATE OR REPLACE VIEW recon_out.deposit_refund WITH (security_invoker = true) AS
    SELECT r.mchid, r.deposit_id, r.refund_no AS out_refund_no, r.amount_fen, r.state AS status, r.refund_id, r.accepted_at, r.success_at,
           r.confirmed_day, r.state_at AS updated_at, r.why
      FROM recon.refund_request r;
COMMENT ON COLUMN recon_out.deposit_refund.why IS 'Why it has this status, when that needs words';

-- Where pg_temp is not named it comes first for types and tables: a caller's own type "text" would run the caller's code with the owner's rights.
DO $path$
DECLARE
    function regprocedure;
BEGIN
    FOR function IN
        SELECT p.oid::regprocedure FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'recon'::regnamespace AND p.proconfig IS NOT NULL
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', function);
    END LOOP;
END
$path$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM PUBLIC;
