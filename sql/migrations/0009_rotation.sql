-- An exchange of keys on a host has an id, by which its event is written once however often the run dies and is repeated.

ALTER TABLE recon.merchant_event ADD COLUMN rotation text;
ALTER TABLE recon.merchant_event ADD CONSTRAINT merchant_event_rotation UNIQUE (mchid, rotation);
ALTER TABLE recon.merchant_event ADD CONSTRAINT merchant_event_of_keys CHECK (rotation IS NULL OR change = 'KEYS');
COMMENT ON COLUMN recon.merchant_event.rotation IS 'Of KEYS: the exchange on one host that this is about, made up at random; NULL in events of before';

DROP FUNCTION recon.merchant_change(text, text, text, text, timestamptz);

-- The one way to suspend, to resume, and to leave an event: nobody can write down somebody else, or do it without leaving a trace.
CREATE FUNCTION recon.merchant_change(changed text, change text, detail text, reason text, happened_at timestamptz, exchange text) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    suspended timestamptz;
    next_no integer;
BEGIN
    SELECT m.suspended_at INTO suspended FROM recon.merchant m WHERE m.mchid = changed FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'merchant % is not known', changed;
    END IF;
    IF (change = 'SUSPENDED' AND suspended IS NOT NULL) OR (change = 'RESUMED' AND suspended IS NULL) THEN
        RETURN false;
    END IF;
    IF exchange IS NOT NULL THEN
        PERFORM FROM recon.merchant_event e WHERE e.mchid = changed AND e.rotation = exchange;
        IF FOUND THEN
            RETURN false;
        END IF;
    END IF;
    SELECT coalesce(max(e.event_no), 0) + 1 INTO next_no FROM recon.merchant_event e WHERE e.mchid = changed;
    INSERT INTO recon.merchant_event (mchid, event_no, at, who, change, detail, reason, rotation)
    VALUES (changed, next_no, happened_at, who, change, detail, reason, exchange);
    IF change = 'SUSPENDED' THEN
        UPDATE recon.merchant SET suspended_at = happened_at WHERE mchid = changed;
    ELSIF change = 'RESUMED' THEN
        UPDATE recon.merchant SET suspended_at = NULL WHERE mchid = changed;
    END IF;
    RETURN true;
END
$function$;
COMMENT ON FUNCTION recon.merchant_change(text, text, text, text, timestamptz, text)
    IS 'Leaves an event of the caller''s login and does what it says; false when that is so, or was written down for this exchange of keys, already';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM PUBLIC;
