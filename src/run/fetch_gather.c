/* Asking: each merchant's bills one after the other. */
#include "fetch_state.h"

#include "base/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct fetch_unit *unit_of(const struct fetch_merchant *merchant)
{
    return &merchant->units[merchant->unit];
}

static struct fetch_bill *bill_of(const struct fetch_merchant *merchant)
{
    return &unit_of(merchant)->bills[merchant->bill];
}

static enum wxpay_bill_kind wxpay_kind(const char *kind)
{
    static const struct {
        const char *kind;
        enum wxpay_bill_kind wxpay;
    } kinds[] = {
        {EVIDENCE_TRADE_ALL, WXPAY_TRADE_ALL},
        {EVIDENCE_TRADE_SUCCESS, WXPAY_TRADE_SUCCESS},
        {EVIDENCE_TRADE_REFUND, WXPAY_TRADE_REFUND},
        {EVIDENCE_FUND_BASIC, WXPAY_FUND_BASIC},
        {EVIDENCE_FUND_OPERATION, WXPAY_FUND_OPERATION},
        {EVIDENCE_FUND_FEES, WXPAY_FUND_FEES},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(kinds[i].kind, kind) == 0)
            return kinds[i].wxpay;
    }
    assert(false && "kind of bill");
    return WXPAY_TRADE_ALL;
}

/* ---- what failures mean ------------------------------------------------------------------------ */

static struct err *keep_err(struct fetch *fetch, const struct err *err)
{
    struct err *kept = ARENA_NEW(&fetch->arena, struct err);

    *kept = *err;
    return kept;
}

/* Near the wall a refusal says that the day is behind it. */
static bool is_behind_the_wall(const struct fetch *fetch, const struct fetch_unit *unit,
                               const struct err *err)
{
    return err->kind == ERR_DATA && fetch_age(fetch, unit->day) > FETCH_KEPT_DAYS;
}

static void set_lost(struct fetch *fetch, const struct fetch_unit *unit, struct fetch_bill *bill)
{
    struct err lost = ERR_INIT;

    (void)err_set(&lost, ERR_DATA,
                  "can no longer be had from WeChat Pay's interface, which keeps three months");
    (void)err_hint(&lost, "download it from the merchant platform's page and give it to "
                          "payrecon bill import");
    (void)fetch_wrap(&lost, unit, bill);
    fetch_set_problem(fetch, unit, bill, CLASS_E08, &lost);
}

/* A request failed: what that means for the bill, and for the requests that follow. */
static void set_failure(struct fetch *fetch, struct fetch_merchant *merchant,
                        const struct err *err)
{
    if (is_behind_the_wall(fetch, unit_of(merchant), err)) {
        set_lost(fetch, unit_of(merchant), bill_of(merchant));
        return;
    }
    fetch_set_problem(fetch, unit_of(merchant), bill_of(merchant), CLASS_E01, err);
    if (err->kind == ERR_UNAVAILABLE)
        merchant->failures++;
    if (merchant->failures == FETCH_FAILURES_MAX || err->kind == ERR_ACCESS ||
        err->kind == ERR_CONFIG || err->kind == ERR_IO)
        merchant->broken = keep_err(fetch, err);
}

static void set_not_asked(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct err failure = *merchant->broken;

    (void)err_wrap(&failure, "not asked for");
    (void)fetch_wrap(&failure, unit_of(merchant), bill_of(merchant));
    fetch_set_problem(fetch, unit_of(merchant), bill_of(merchant), CLASS_E01, &failure);
}

/* ---- which bill is next ------------------------------------------------------------------------ */

/* All bills of the unit had their turn. */
static bool end_unit(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err)
{
    struct fetch_unit *unit = unit_of(merchant);
    bool whole = fetch->kinds.count == 0;

    for (size_t i = 0; i < unit->bill_count; i++)
        whole = whole && unit->bills[i].problem.class == CLASS_NONE;
    unit->gathered = true;
    merchant->unit++;
    merchant->bill = 0;
    return !whole ||
           unit_mark_checked(fetch->pg, merchant->merchant->mchid, unit->day, fetch->now, err);
}

/* Whether the bill is to be asked for now; if not, why is its problem. */
static bool wants_bill(struct fetch *fetch, struct fetch_merchant *merchant, bool *ret_wants,
                       struct err *err)
{
    const struct fetch_unit *unit = unit_of(merchant);
    struct fetch_bill *bill = bill_of(merchant);
    const struct evidence_bill name = {merchant->merchant->mchid, unit->day, bill->kind};
    bool lost = fetch_age(fetch, unit->day) > FETCH_LOST_DAYS;
    struct evidence_file file;

    if (!evidence_find(fetch->pg, &name, &file, &bill->found, err))
        return false;
    *ret_wants = false;
    if (bill->found && (!unit->again || lost))
        return true;
    if (lost)
        set_lost(fetch, unit, bill);
    else if (merchant->broken != NULL)
        set_not_asked(fetch, merchant);
    else
        *ret_wants = true;
    return true;
}

/* On to the next bill that is to be asked for; false in ret_found when there is none any more. */
static bool find_next(struct fetch *fetch, struct fetch_merchant *merchant, bool *ret_found,
                      struct err *err)
{
    while (merchant->unit < merchant->count) {
        bool wants = false;

        if (merchant->bill == unit_of(merchant)->bill_count) {
            if (!end_unit(fetch, merchant, err))
                return false;
            continue;
        }
        if (!bill_of(merchant)->asked && !wants_bill(fetch, merchant, &wants, err))
            return false;
        if (wants) {
            *ret_found = true;
            return true;
        }
        merchant->bill++;
    }
    *ret_found = false;
    return true;
}

static void end_bill(struct fetch_merchant *merchant)
{
    bill_of(merchant)->asked = true;
    merchant->tries = 0;
}

void fetch_leave(struct fetch_merchant *merchant)
{
    incoming_close(merchant->incoming);
    merchant->incoming = NULL;
    free(merchant->offer);
    merchant->offer = NULL;
}

/* ---- asking ------------------------------------------------------------------------------------ */

static bool open_client(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err)
{
    const struct job_settings *settings = &fetch->job->settings;
    const struct merchant *row = merchant->merchant;
    bool partner = row->mode == MERCHANT_PARTNER;
    struct wxpay_settings wxpay = {
        .base_url = settings->wxpay_url,
        .ca_file = settings->wxpay_ca_file[0] != '\0' ? settings->wxpay_ca_file : NULL,
        .keys_dir = merchant_keys_dir(row, settings->keys_dir, &fetch->arena),
        .mchid = partner ? row->sp_mchid.at : row->mchid.at,
        .sub_mchid = partner ? row->mchid.at : NULL,
        .clock = &fetch->job->clock,
        .wait = job_wait,
    };

    if (merchant->wxpay != NULL || wxpay_open(&wxpay, &merchant->wxpay, err))
        return true;
    return fetch_wrap(err, unit_of(merchant), bill_of(merchant));
}

/* The offer, or why there is none. True: download. Fails when the database does. */
static bool take_offer(struct fetch *fetch, struct fetch_merchant *merchant, bool *ret_download,
                       struct err *err)
{
    struct err failure = ERR_INIT;

    merchant->failures = 0;
    *ret_download = false;
    switch (merchant->offer->state) {
    case WXPAY_BILL_OFFERED:
        *ret_download = true;
        return true;
    case WXPAY_BILL_NONE:
        return fetch_keep_none(fetch, merchant, err);
    case WXPAY_BILL_NOT_READY:
        (void)err_set(&failure, ERR_LATER, "%s of %s is not generated yet",
                      evidence_kind_name(bill_of(merchant)->kind),
                      date_text(unit_of(merchant)->day).s);
        fetch_set_problem(fetch, unit_of(merchant), bill_of(merchant), CLASS_E01, &failure);
        return true;
    }
    assert(false && "state of an offer");
    return true;
}

/* A long download is left when the program is asked to stop. */
static bool receive(void *context, struct view bytes, struct err *err)
{
    struct fetch_merchant *merchant = context;

    if (job_stopping())
        return err_set(err, ERR_LATER, "asked to stop");
    merchant->received += (int64_t)bytes.length;
    return incoming_push(merchant->incoming, bytes, err);
}

/* What broke off, and what was no file at all, may be whole the next time. */
static bool is_worth_another(struct fetch *fetch, struct fetch_merchant *merchant,
                             struct err *failure)
{
    if (failure->kind == ERR_DATA ||
        (failure->kind == ERR_UNAVAILABLE && merchant->received > 0)) {
        failure->kind = ERR_LATER;
        fetch_set_problem(fetch, unit_of(merchant), bill_of(merchant), CLASS_E04, failure);
        return true;
    }
    set_failure(fetch, merchant, failure);
    return failure->kind == ERR_LATER;
}

static bool download(struct fetch *fetch, struct fetch_merchant *merchant, bool *ret_again,
                     struct err *err)
{
    struct err failure = ERR_INIT;
    uint64_t bytes;

    *ret_again = false;
    merchant->received = 0;
    if (!incoming_open(&merchant->incoming, &failure)) {
        (void)fetch_wrap(&failure, unit_of(merchant), bill_of(merchant));
        set_failure(fetch, merchant, &failure);
        return true;
    }
    if (wxpay_bill_download(merchant->wxpay, merchant->offer, receive, merchant, &bytes,
                            &failure)) {
        if (!fetch_keep(fetch, merchant, err))
            return false;
        *ret_again = bill_of(merchant)->problem.class != CLASS_NONE;
        return true;
    }
    (void)fetch_wrap(&failure, unit_of(merchant), bill_of(merchant));
    *ret_again = is_worth_another(fetch, merchant, &failure);
    return true;
}

/* Applies, downloads and keeps once. `*ret_again`: it is worth another. */
static bool try_once(struct fetch *fetch, struct fetch_merchant *merchant, bool *ret_again,
                     struct err *err)
{
    struct err failure = ERR_INIT;
    bool offered = false;

    *ret_again = false;
    bill_of(merchant)->problem = (struct fetch_problem){.class = CLASS_NONE};
    merchant->offer = memory_alloc(sizeof(*merchant->offer));
    if (!open_client(fetch, merchant, &failure) ||
        !wxpay_bill_apply(merchant->wxpay, wxpay_kind(bill_of(merchant)->kind),
                          unit_of(merchant)->day, merchant->offer, &failure)) {
        set_failure(fetch, merchant, &failure);
        return true;
    }
    return take_offer(fetch, merchant, &offered, err) &&
           (!offered || download(fetch, merchant, ret_again, err));
}

static bool step(struct fetch *fetch, struct fetch_merchant *merchant, bool *ret_more,
                 struct err *err)
{
    bool again = false;
    bool done;

    if (!find_next(fetch, merchant, ret_more, err))
        return false;
    if (!*ret_more)
        return true;
    done = try_once(fetch, merchant, &again, err);
    fetch_leave(merchant);
    if (!again || ++merchant->tries == FETCH_DOWNLOADS_MAX)
        end_bill(merchant);
    return done;
}

bool fetch_step(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct err failure = ERR_INIT;
    bool more = false;

    if (merchant->database != NULL)
        return false;
    if (step(fetch, merchant, &more, &failure))
        return more;
    merchant->database = keep_err(fetch, &failure);
    return false;
}

void fetch_gather(struct fetch *fetch, struct pg *pg)
{
    fetch->pg = pg;
    fetch->now = clock_now(&fetch->job->clock);
    for (size_t i = 0; i < fetch->count; i++) {
        while (!job_stopping() && fetch_step(fetch, fetch->merchants[i]))
            ;
    }
    fetch->pg = NULL;
}
