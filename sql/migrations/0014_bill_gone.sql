-- A bill that was there and is gone proves nothing, whoever accepts that: E06 of it is mended like other evidence, by importing a bill.

CREATE OR REPLACE FUNCTION recon.finding_propose(merchant text, wanted text, why text, happened_at timestamptz) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    who text := session_user;
    found_state text;
    found_code text;
    found_channel bigint;
    found_books bigint;
    found_diff bigint;
    found_gone boolean;
    next_no integer;
    next_event integer;
BEGIN
    SELECT f.state, f.code, f.channel_fen, f.books_fen, f.diff_fen, coalesce(f.evidence->>'gone', '') = 'true'
      INTO found_state, found_code, found_channel, found_books, found_diff, found_gone
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
    IF found_code = 'E06' AND found_gone THEN
        RAISE EXCEPTION 'finding % is E06 of a bill that is gone: that is mended, not accepted; import the bill, or the version that is kept of it', wanted;
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

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM PUBLIC;
