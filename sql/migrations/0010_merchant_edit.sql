-- What a company is called, what it pays, whom to call and its mini programs may change; each change leaves an event.

ALTER TABLE recon.merchant_event DROP CONSTRAINT merchant_event_change;
ALTER TABLE recon.merchant_event ADD CONSTRAINT merchant_event_change CHECK (change IN ('ADDED', 'SUSPENDED', 'RESUMED', 'KEYS', 'EDITED'));
COMMENT ON TABLE recon.merchant_event IS 'What people did to a merchant. Rows come from recon.merchant_change and recon.merchant_edit only and never change.';
COMMENT ON COLUMN recon.merchant_event.change IS 'ADDED, SUSPENDED, RESUMED; KEYS: other keys came into use on a host; EDITED: by recon.merchant_edit';
COMMENT ON COLUMN recon.merchant_event.detail
    IS 'Of KEYS: which parts were given, and the serial of the certificate in use; never a key. Of EDITED: what changed, from and to; never personal data';
COMMENT ON COLUMN recon.merchant_contact.added_at IS 'When it was added, or changed last';

-- NULL leaves a thing as it is. Returns what changed, as in the event; NULL, and no event, when everything is so already.
CREATE FUNCTION recon.merchant_edit(edited text, new_name text, new_rate_ppm integer, new_contact text, new_mobile text, new_appids text[],
        new_store_appid text, reason text, happened_at timestamptz) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    who text := session_user;
    old_name text;
    old_mode text;
    old_rate_ppm integer;
    old_side text;
    added text;
    next_no integer;
    changes text[] := '{}';
BEGIN
    SELECT m.name, m.mode, m.rate_ppm INTO old_name, old_mode, old_rate_ppm FROM recon.merchant m WHERE m.mchid = edited FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'merchant % is not known', edited;
    END IF;
    IF old_mode = 'NONE' AND (new_rate_ppm IS NOT NULL OR new_store_appid IS NOT NULL OR cardinality(new_appids) > 0) THEN
        RAISE EXCEPTION 'merchant % takes no WeChat Pay: it has no rate and no mini programs', edited;
    END IF;

    IF new_name <> old_name THEN
        UPDATE recon.merchant SET name = new_name WHERE mchid = edited;
        changes := changes || format('name %s to %s', old_name, new_name);
    END IF;
    IF new_rate_ppm <> old_rate_ppm THEN
        UPDATE recon.merchant SET rate_ppm = new_rate_ppm WHERE mchid = edited;
        changes := changes || format('rate %s to %s ppm', old_rate_ppm, new_rate_ppm);
    END IF;
    IF new_contact IS NOT NULL THEN
        PERFORM FROM recon.merchant_contact c WHERE c.mchid = edited AND c.name = new_contact AND c.mobile = new_mobile;
        IF NOT FOUND THEN
            INSERT INTO recon.merchant_contact AS c (mchid, name, mobile, added_at) VALUES (edited, new_contact, new_mobile, happened_at)
            ON CONFLICT (mchid) DO UPDATE SET name = excluded.name, mobile = excluded.mobile, added_at = excluded.added_at;
            changes := changes || 'contact'::text;
        END IF;
    END IF;
    FOREACH added IN ARRAY new_appids LOOP
        INSERT INTO recon.merchant_app (mchid, appid, side) VALUES (edited, added, 'USER') ON CONFLICT (mchid, appid) DO NOTHING;
        IF FOUND THEN
            changes := changes || format('AppID %s', added);
        END IF;
    END LOOP;
    IF new_store_appid IS NOT NULL THEN
        PERFORM FROM recon.merchant_app a WHERE a.mchid = edited AND a.side = 'STORE' AND a.appid <> new_store_appid;
        IF FOUND THEN
            RAISE EXCEPTION 'merchant % has another mini program of the stores', edited;
        END IF;
        SELECT a.side INTO old_side FROM recon.merchant_app a WHERE a.mchid = edited AND a.appid = new_store_appid;
        IF old_side IS NULL THEN
            INSERT INTO recon.merchant_app (mchid, appid, side) VALUES (edited, new_store_appid, 'STORE');
        ELSIF old_side = 'USER' THEN
            UPDATE recon.merchant_app SET side = 'STORE' WHERE mchid = edited AND appid = new_store_appid;
        END IF;
        IF old_side IS DISTINCT FROM 'STORE' THEN
            changes := changes || format('AppID %s of the stores', new_store_appid);
        END IF;
    END IF;

    IF cardinality(changes) = 0 THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(max(e.event_no), 0) + 1 INTO next_no FROM recon.merchant_event e WHERE e.mchid = edited;
    INSERT INTO recon.merchant_event (mchid, event_no, at, who, change, detail, reason)
    VALUES (edited, next_no, happened_at, who, 'EDITED', array_to_string(changes, '; '), reason);
    RETURN array_to_string(changes, '; ');
END
$function$;
COMMENT ON FUNCTION recon.merchant_edit(text, text, integer, text, text, text[], text, text, timestamptz)
    IS 'Changes what is not NULL and leaves an event of the caller''s login; returns what changed, or NULL';

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA recon FROM PUBLIC;
