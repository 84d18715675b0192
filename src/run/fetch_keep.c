/* What came in becomes evidence. */
#include "fetch_state.h"

#include "recon/finding.h"
#include "run/bill_change.h"

#include <inttypes.h>
#include <string.h>

/* One bill that came in, or WeChat Pay's word that there is none. */
struct keeping {
    struct fetch *fetch;
    const struct merchant *merchant;
    struct fetch_unit *unit;
    struct fetch_bill *bill;
    struct evidence_source source;
};

static struct keeping keeping_of(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct fetch_unit *unit = &merchant->units[merchant->unit];
    struct fetch_bill *bill = &unit->bills[merchant->bill];
    const struct wxpay_bill_offer *offer = merchant->offer;

    return (struct keeping){
        .fetch = fetch,
        .merchant = merchant->merchant,
        .unit = unit,
        .bill = bill,
        .source = {.bill = {merchant->merchant->mchid, unit->day, bill->kind},
                   .announced_sha1 = offer->sha1[0] != '\0' ? offer->sha1 : NULL,
                   .request_id = offer->request_id,
                   .download_request_id = merchant->download_id.s,
                   .at = fetch->now},
    };
}

/* The bill is not the one that the day's first verdict rested on: E06, in the same transaction. */
static bool store_change(struct keeping *keeping, struct err *err)
{
    struct fetch *fetch = keeping->fetch;
    const struct evidence_bill *name = &keeping->source.bill;
    CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
    CLEANUP(buf_release) struct buf text = BUF_INIT(BILL_CHANGE_TEXT_MAX);
    const struct finding_scope scope = {
        .mchid = name->mchid, .bill_day = name->day, .now = fetch->now, .evidence_only = true};
    struct bill_change change;

    if (!bill_change_find(fetch->pg, name, &change, err))
        return false;
    if (!change.changed)
        return true;
    bill_change_text(name, &change, &text);
    keeping->unit->change = arena_copy(&fetch->arena, buf_text(&text), text.length);
    return bill_change_add(name, &change, &list, err) &&
           recon_findings_store(fetch->pg, &scope, &list, err);
}

/* A new version makes the day due again in the same transaction: it cannot be overlooked. */
static bool mark(struct keeping *keeping, const struct evidence_stored *stored, struct err *err)
{
    const struct evidence_bill *name = &keeping->source.bill;

    keeping->bill->found = keeping->bill->found || stored->valid;
    if (!stored->is_new || !stored->valid)
        return true;
    keeping->unit->changed = true;
    if (!evidence_kind_is_reconciled(name->kind))
        return true;
    /* Nothing can rest on what was there before the first version. */
    return (stored->version == 1 || store_change(keeping, err)) &&
           unit_mark(keeping->fetch->pg, name->mchid, name->day, UNIT_DUE, keeping->fetch->now,
                     err);
}

static void log_kept(const struct keeping *keeping, enum log_level level, const char *what)
{
    const struct evidence_source *source = &keeping->source;
    const char *applied = source->request_id;
    const char *downloaded = source->download_request_id;

    log_line(&keeping->fetch->job->log, level, "%.*s %s %s: %s (Request-Id %s%s%s)",
             VIEW_ARG(source->bill.mchid), date_text(source->bill.day).s,
             evidence_kind_name(source->bill.kind), what, applied[0] != '\0' ? applied : "none",
             downloaded[0] != '\0' ? ", download " : "", downloaded);
    if (keeping->unit->change != NULL)
        log_line(&keeping->fetch->job->log, LOG_WARNING, "%.*s %s: E06 %s",
                 VIEW_ARG(source->bill.mchid), date_text(source->bill.day).s,
                 keeping->unit->change);
}

bool fetch_keep_none(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err)
{
    struct keeping keeping = keeping_of(fetch, merchant);
    struct evidence_stored stored;

    if (!pg_begin(fetch->pg, PG_READ_WRITE, err) ||
        !fetch_end(fetch->pg,
                   evidence_store_none(fetch->pg, &keeping.source, &stored, err) &&
                       mark(&keeping, &stored, err),
                   err))
        return false;
    log_kept(&keeping, LOG_INFO, "nothing happened that day, says WeChat Pay");
    return true;
}

/* Whether the bytes are the bill that was announced; if not, why. */
static void judge(struct keeping *keeping, const struct incoming_digests *digests)
{
    const char *announced = keeping->source.announced_sha1;
    struct err err = ERR_INIT;

    if (!digests->intact) {
        (void)err_set(&err, ERR_LATER, "unreadable: %s", digests->damage.text);
        (void)fetch_wrap(&err, keeping->unit, keeping->bill);
        fetch_set_problem(keeping->fetch, keeping->unit, keeping->bill, CLASS_E04, &err);
    } else if (announced != NULL && strcmp(announced, digests->plain_sha1) != 0) {
        (void)err_set(&err, ERR_LATER, "SHA-1 is %s, announced is %s", digests->plain_sha1,
                      announced);
        (void)fetch_wrap(&err, keeping->unit, keeping->bill);
        fetch_set_problem(keeping->fetch, keeping->unit, keeping->bill, CLASS_E03, &err);
    }
}

static void say_kept(const struct keeping *keeping, const struct evidence_stored *stored,
                     int64_t bytes)
{
    CLEANUP(buf_release) struct buf what = BUF_INIT(ERR_TEXT_MAX + 256);

    buf_add_format(&what, "version %" PRId32 "%s, %" PRId64 " bytes", stored->version,
                   stored->is_new      ? ""
                   : stored->reordered ? " is the same again, its rows in another order"
                                       : " is the same again",
                   bytes);
    if (!stored->valid)
        buf_add_format(&what, ": %s", keeping->bill->problem.text);
    log_kept(keeping, stored->valid ? LOG_INFO : LOG_WARNING, buf_text(&what));
}

bool fetch_keep(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err)
{
    struct keeping keeping = keeping_of(fetch, merchant);
    struct incoming_digests digests;
    struct evidence_stored stored;

    incoming_finish(merchant->incoming, &digests);
    judge(&keeping, &digests);
    if (!pg_begin(fetch->pg, PG_READ_WRITE, err) ||
        !fetch_end(fetch->pg,
                   evidence_store(fetch->pg, &keeping.source, merchant->incoming, &digests, &stored,
                                  err) &&
                       mark(&keeping, &stored, err),
                   err))
        return false;
    say_kept(&keeping, &stored, digests.received_bytes);
    return true;
}
