-- A finding is accepted by two people: one proposes with a note, another one confirms exactly that. Only recon.finding_propose and
-- recon.finding_confirm write here, and only they can accept: a finding that is 'accepted' points to its acceptance.

CREATE TABLE recon.finding_proposal (
    mchid text NOT NULL,
    finding_id text NOT NULL,
    proposal_no integer NOT NULL,
    maker text NOT NULL,
    proposed_at timestamptz NOT NULL,
    note text NOT NULL,
    code text NOT NULL,
    channel_fen bigint,
    books_fen bigint,
    CONSTRAINT finding_proposal_key PRIMARY KEY (mchid, finding_id, proposal_no),
    CONSTRAINT finding_proposal_maker UNIQUE (mchid, finding_id, proposal_no, maker),
    CONSTRAINT finding_proposal_finding FOREIGN KEY (mchid, finding_id) REFERENCES recon.finding (mchid, finding_id),
    CONSTRAINT finding_proposal_note CHECK (btrim(note) <> '')
);
COMMENT ON TABLE recon.finding_proposal IS 'Proposals to accept a finding, with what it was then. Rows come from recon.finding_propose only and never change.';
COMMENT ON COLUMN recon.finding_proposal.mchid IS 'Merchant';
COMMENT ON COLUMN recon.finding_proposal.finding_id IS 'Finding';
COMMENT ON COLUMN recon.finding_proposal.proposal_no IS 'From 1; the last one counts';
COMMENT ON COLUMN recon.finding_proposal.maker IS 'Database login that proposed it';
COMMENT ON COLUMN recon.finding_proposal.proposed_at IS 'When';
COMMENT ON COLUMN recon.finding_proposal.note IS 'Why the difference may stay';
COMMENT ON COLUMN recon.finding_proposal.code IS 'Class of the finding then';
COMMENT ON COLUMN recon.finding_proposal.channel_fen IS 'Amount at WeChat Pay then; NULL: not there';
COMMENT ON COLUMN recon.finding_proposal.books_fen IS 'Amount in the books then; NULL: not there';

CREATE TABLE recon.finding_acceptance (
    mchid text NOT NULL,
    finding_id text NOT NULL,
    proposal_no integer NOT NULL,
    maker text NOT NULL,
    checker text NOT NULL,
    accepted_at timestamptz NOT NULL,
    CONSTRAINT finding_acceptance_key PRIMARY KEY (mchid, finding_id, proposal_no),
    CONSTRAINT finding_acceptance_proposal FOREIGN KEY (mchid, finding_id, proposal_no, maker)
        REFERENCES recon.finding_proposal (mchid, finding_id, proposal_no, maker),
    CONSTRAINT finding_acceptance_two CHECK (checker <> maker)
);
COMMENT ON TABLE recon.finding_acceptance IS 'Proposals that a second person confirmed. Rows come from recon.finding_confirm only and never change.';
COMMENT ON COLUMN recon.finding_acceptance.mchid IS 'Merchant';
COMMENT ON COLUMN recon.finding_acceptance.finding_id IS 'Finding';
COMMENT ON COLUMN recon.finding_acceptance.proposal_no IS 'Which proposal';
COMMENT ON COLUMN recon.finding_acceptance.maker IS 'Who proposed it';
COMMENT ON COLUMN recon.finding_acceptance.checker IS 'Database login that confirmed it; never the maker';
COMMENT ON COLUMN recon.finding_acceptance.accepted_at IS 'When';

ALTER TABLE recon.finding ADD COLUMN accepted_no integer;
ALTER TABLE recon.finding ADD CONSTRAINT finding_accepted CHECK ((resolution IS NOT DISTINCT FROM 'accepted') = (accepted_no IS NOT NULL));
ALTER TABLE recon.finding ADD CONSTRAINT finding_acceptance FOREIGN KEY (mchid, finding_id, accepted_no)
    REFERENCES recon.finding_acceptance (mchid, finding_id, proposal_no);
COMMENT ON COLUMN recon.finding.accepted_no IS 'The proposal by which it is accepted';

CREATE FUNCTION recon.finding_propose(merchant text, wanted text, why text, happened_at timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    found_state text;
    found_code text;
    found_channel bigint;
    found_books bigint;
    found_diff bigint;
    next_no integer;
    next_event integer;
BEGIN
    SELECT f.state, f.code, f.channel_fen, f.books_fen, f.diff_fen INTO found_state, found_code, found_channel, found_books, found_diff
      FROM recon.finding f WHERE f.mchid = merchant AND f.finding_id = wanted FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'finding % is not known', wanted;
    END IF;
    IF found_state NOT IN ('OPEN', 'IN_REVIEW', 'REOPENED') THEN
        RAISE EXCEPTION 'finding % is %: only an open one can be accepted', wanted, found_state;
    END IF;
    IF found_code IN ('E01', 'E02', 'E03', 'E04', 'E05', 'E09', 'S05') THEN
        RAISE EXCEPTION 'finding % is %: evidence that is missing, unreadable or contradictory is mended, not accepted', wanted, found_code;
    END IF;
    SELECT coalesce(max(p.proposal_no), 0) + 1 INTO next_no FROM recon.finding_proposal p WHERE p.mchid = merchant AND p.finding_id = wanted;
    SELECT coalesce(max(e.event_no), 0) + 1 INTO next_event FROM recon.finding_event e WHERE e.mchid = merchant AND e.finding_id = wanted;
    INSERT INTO recon.finding_proposal (mchid, finding_id, proposal_no, maker, proposed_at, note, code, channel_fen, books_fen)
    VALUES (merchant, wanted, next_no, who, happened_at, why, found_code, found_channel, found_books);
    UPDATE recon.finding SET state = 'IN_REVIEW', updated_at = happened_at WHERE mchid = merchant AND finding_id = wanted;
    INSERT INTO recon.finding_event (mchid, finding_id, event_no, at, who, code, state, resolution, diff_fen, reason)
    VALUES (merchant, wanted, next_event, happened_at, who, found_code, 'IN_REVIEW', NULL, found_diff, 'proposed to be accepted: ' || why);
    RETURN next_no;
END
$function$;
COMMENT ON FUNCTION recon.finding_propose(text, text, text, timestamptz)
    IS 'Proposes, as the caller''s login, that a finding may stay, and leaves an event; returns the number that another login confirms';

-- Its day is to be reconciled again: only the job says what a verdict is.
CREATE FUNCTION recon.finding_confirm(merchant text, wanted text, proposal integer, happened_at timestamptz) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    found_state text;
    found_day date;
    found_code text;
    found_channel bigint;
    found_books bigint;
    found_diff bigint;
    last_no integer;
    proposed_by text;
    proposed_code text;
    proposed_channel bigint;
    proposed_books bigint;
    why text;
    next_event integer;
BEGIN
    SELECT f.state, f.bill_day, f.code, f.channel_fen, f.books_fen, f.diff_fen
      INTO found_state, found_day, found_code, found_channel, found_books, found_diff
      FROM recon.finding f WHERE f.mchid = merchant AND f.finding_id = wanted FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'finding % is not known', wanted;
    END IF;
    SELECT max(p.proposal_no) INTO last_no FROM recon.finding_proposal p WHERE p.mchid = merchant AND p.finding_id = wanted;
    IF last_no IS DISTINCT FROM proposal THEN
        RAISE EXCEPTION 'proposal % is not the last one of finding %', proposal, wanted;
    END IF;
    SELECT p.maker, p.code, p.channel_fen, p.books_fen, p.note INTO proposed_by, proposed_code, proposed_channel, proposed_books, why
      FROM recon.finding_proposal p WHERE p.mchid = merchant AND p.finding_id = wanted AND p.proposal_no = proposal;
    IF found_state <> 'IN_REVIEW' OR found_code <> proposed_code OR found_channel IS DISTINCT FROM proposed_channel
            OR found_books IS DISTINCT FROM proposed_books THEN
        RAISE EXCEPTION 'finding % is not what was proposed any more', wanted;
    END IF;
    IF proposed_by = who THEN
        RAISE EXCEPTION 'finding % was proposed by %: another login has to confirm it', wanted, who;
    END IF;
    SELECT coalesce(max(e.event_no), 0) + 1 INTO next_event FROM recon.finding_event e WHERE e.mchid = merchant AND e.finding_id = wanted;
    INSERT INTO recon.finding_acceptance (mchid, finding_id, proposal_no, maker, checker, accepted_at)
    VALUES (merchant, wanted, proposal, proposed_by, who, happened_at);
    UPDATE recon.finding SET state = 'RESOLVED', resolution = 'accepted', accepted_no = proposal, break_on = NULL, updated_at = happened_at
     WHERE mchid = merchant AND finding_id = wanted;
    INSERT INTO recon.finding_event (mchid, finding_id, event_no, at, who, code, state, resolution, diff_fen, reason)
    VALUES (merchant, wanted, next_event, happened_at, who, found_code, 'RESOLVED', 'accepted', found_diff,
            'accepted as ' || proposed_by || ' proposed: ' || why);
    UPDATE recon.day SET stage = 'FETCHED', verdict = NULL, reason = NULL, next_try_at = NULL, updated_at = happened_at
     WHERE mchid = merchant AND bill_day = found_day AND stage IN ('RECONCILED', 'SETTLED');
    RETURN FOUND;
END
$function$;
COMMENT ON FUNCTION recon.finding_confirm(text, text, integer, timestamptz)
    IS 'Accepts, as the caller''s login, what another login proposed, leaves an event, and lets the day be reconciled again; false when that was never reconciled';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM PUBLIC;
