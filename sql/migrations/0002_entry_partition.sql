-- Months of entries are made when the first day of a month is reconciled.

CREATE FUNCTION recon.make_entry_partition(day date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog
AS $function$
DECLARE
    month date := date_trunc('month', day::timestamp)::date;
    partition text := 'entry_' || to_char(month, 'YYYY_MM');
BEGIN
    -- Two workers may meet at the first of a month.
    PERFORM pg_advisory_xact_lock(hashtextextended('recon.make_entry_partition', 0));
    IF to_regclass('recon.' || partition) IS NULL THEN
        EXECUTE format('CREATE TABLE recon.%I PARTITION OF recon.entry FOR VALUES FROM (%L) TO (%L)',
                       partition, month, (month + interval '1 month')::date);
    END IF;
END
$function$;
COMMENT ON FUNCTION recon.make_entry_partition(date) IS 'Makes the month''s partition of recon.entry when it is missing';
