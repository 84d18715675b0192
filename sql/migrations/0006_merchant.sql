-- Companies without WeChat Pay, the store-side mini program, contacts, and what people did to a merchant.

ALTER TABLE recon.merchant DROP CONSTRAINT merchant_mode;
ALTER TABLE recon.merchant ADD CONSTRAINT merchant_mode CHECK (mode IN ('DIRECT', 'PARTNER', 'NONE'));
ALTER TABLE recon.merchant ADD CONSTRAINT merchant_without
    CHECK ((mode = 'NONE') = (mchid LIKE 'none-%') AND (mode <> 'NONE' OR (rate_ppm = 0 AND fund_account IS NULL)));
COMMENT ON TABLE recon.merchant IS 'Rental companies, one row a merchant number. Keys are files on the hosts, never here.';
COMMENT ON COLUMN recon.merchant.mchid IS 'The company''s own merchant number; the sub-merchant''s with a service provider; none-… for a company without WeChat Pay';
COMMENT ON COLUMN recon.merchant.mode IS 'DIRECT; PARTNER: through the service provider sp_mchid; NONE: takes no WeChat Pay, nothing is reconciled';
COMMENT ON COLUMN recon.merchant.rate_ppm IS 'Contract fee rate in parts of a million: 0.60 % is 6000; 0 in mode NONE';
COMMENT ON COLUMN recon.merchant.first_day IS 'First bill day to reconcile; in mode NONE the day on which the company was added';
COMMENT ON COLUMN recon.merchant.suspended_at IS 'Since when nothing is done for this merchant; changed by recon.merchant_change only';

ALTER TABLE recon.merchant_app ADD COLUMN side text NOT NULL DEFAULT 'USER';
ALTER TABLE recon.merchant_app ADD CONSTRAINT merchant_app_side CHECK (side IN ('USER', 'STORE'));
COMMENT ON COLUMN recon.merchant_app.side IS 'USER: the riders'' mini program; STORE: that of the stores, which may be the vendor''s and shared by many merchants';

CREATE TABLE recon.merchant_contact (
    mchid text NOT NULL,
    name text NOT NULL,
    mobile text NOT NULL,
    added_at timestamptz NOT NULL,
    CONSTRAINT merchant_contact_key PRIMARY KEY (mchid),
    CONSTRAINT merchant_contact_merchant FOREIGN KEY (mchid) REFERENCES recon.merchant (mchid)
);
COMMENT ON TABLE recon.merchant_contact IS 'Whom to call about a merchant. Personal data: in no log, masked in output unless asked for.';
COMMENT ON COLUMN recon.merchant_contact.mchid IS 'Merchant';
COMMENT ON COLUMN recon.merchant_contact.name IS 'Person';
COMMENT ON COLUMN recon.merchant_contact.mobile IS 'Mobile number';
COMMENT ON COLUMN recon.merchant_contact.added_at IS 'When it was added';

CREATE TABLE recon.merchant_event (
    mchid text NOT NULL,
    event_no integer NOT NULL,
    at timestamptz NOT NULL,
    who text NOT NULL,
    change text NOT NULL,
    detail text,
    reason text NOT NULL,
    CONSTRAINT merchant_event_key PRIMARY KEY (mchid, event_no),
    CONSTRAINT merchant_event_merchant FOREIGN KEY (mchid) REFERENCES recon.merchant (mchid),
    CONSTRAINT merchant_event_change CHECK (change IN ('ADDED', 'SUSPENDED', 'RESUMED', 'KEYS')),
    CONSTRAINT merchant_event_reason CHECK (btrim(reason) <> '')
);
COMMENT ON TABLE recon.merchant_event IS 'What people did to a merchant. Rows come from recon.merchant_change only and never change.';
COMMENT ON COLUMN recon.merchant_event.mchid IS 'Merchant';
COMMENT ON COLUMN recon.merchant_event.event_no IS 'From 1';
COMMENT ON COLUMN recon.merchant_event.at IS 'When';
COMMENT ON COLUMN recon.merchant_event.who IS 'Database login that did it';
COMMENT ON COLUMN recon.merchant_event.change IS 'ADDED, SUSPENDED, RESUMED; KEYS: other keys came into use on a host';
COMMENT ON COLUMN recon.merchant_event.detail IS 'Of KEYS: which parts were given, and the serial of the certificate in use; never a key';
COMMENT ON COLUMN recon.merchant_event.reason IS 'Why';

-- The one way to suspend, to resume, and to leave an event: nobody can write down somebody else, or do it without leaving a trace.
CREATE FUNCTION recon.merchant_change(changed text, change text, detail text, reason text, happened_at timestamptz) RETURNS boolean
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
    SELECT coalesce(max(e.event_no), 0) + 1 INTO next_no FROM recon.merchant_event e WHERE e.mchid = changed;
    INSERT INTO recon.merchant_event (mchid, event_no, at, who, change, detail, reason)
    VALUES (changed, next_no, happened_at, who, change, detail, reason);
    IF change = 'SUSPENDED' THEN
        UPDATE recon.merchant SET suspended_at = happened_at WHERE mchid = changed;
    ELSIF change = 'RESUMED' THEN
        UPDATE recon.merchant SET suspended_at = NULL WHERE mchid = changed;
    END IF;
    RETURN true;
END
$function$;
COMMENT ON FUNCTION recon.merchant_change(text, text, text, text, timestamptz)
    IS 'Leaves an event of the caller''s login and does what it says; false when the merchant is suspended, or resumed, already';
