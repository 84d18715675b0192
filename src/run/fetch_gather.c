/* Asking: each merchant's bills one after the other, merchants beside each other, in one thread. */
#include "fetch_state.h"

#include "base/memory.h"
#include "wxpay/call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Merchants with a request under way. More than there are connections, so that none of those is
 * idle while the database works; not many more, because an offer that waits for a connection is
 * good for minutes only. Each may have a temporary file. */
enum { MERCHANTS_AT_ONCE = 64 };

/* How often is looked whether the program was asked to stop. */
enum { LOOK_MS = 200 };

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
        {EVIDENCE_TRADE_RECHARGE_REFUND, WXPAY_TRADE_RECHARGE_REFUND},
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

static void log_problem(const struct fetch *fetch, const struct fetch_merchant *merchant,
                        const struct fetch_problem *problem)
{
    log_line(&fetch->job->log, LOG_WARNING, "%.*s %s: %s %s%s%s",
             VIEW_ARG(merchant->merchant->mchid), date_text(unit_of(merchant)->day).s,
             class_info(problem->class)->code, problem->text,
             problem->hint[0] != '\0' ? "; hint: " : "", problem->hint);
}

/* All bills of the unit had their turn. */
static bool end_unit(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err)
{
    struct fetch_unit *unit = unit_of(merchant);
    bool whole = fetch->kinds.count == 0;

    for (size_t i = 0; i < unit->bill_count; i++) {
        if (unit->bills[i].problem.class == CLASS_NONE)
            continue;
        log_problem(fetch, merchant, &unit->bills[i].problem);
        whole = false;
    }
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

void fetch_leave(struct fetch_merchant *merchant)
{
    if (merchant->call != NULL)
        wxpay_call_cancel(merchant->call);
    merchant->call = NULL;
    incoming_close(merchant->incoming);
    merchant->incoming = NULL;
    free(merchant->offer);
    merchant->offer = NULL;
}

/* One try is over, and so is the bill unless another is worth it. */
static void end_try(struct fetch_merchant *merchant, bool again)
{
    fetch_leave(merchant);
    if (again && ++merchant->tries < FETCH_DOWNLOADS_MAX)
        return;
    bill_of(merchant)->asked = true;
    merchant->tries = 0;
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
        .pool = fetch->pool,
    };

    if (merchant->wxpay != NULL || wxpay_open(&wxpay, &merchant->wxpay, err))
        return true;
    return fetch_wrap(err, unit_of(merchant), bill_of(merchant));
}

/* ---- applying ---------------------------------------------------------------------------------- */

/* Applies for the bill it is at. False: it could not, which is the bill's problem. */
static bool apply(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct err failure = ERR_INIT;

    bill_of(merchant)->problem = (struct fetch_problem){.class = CLASS_NONE};
    if (!open_client(fetch, merchant, &failure)) {
        set_failure(fetch, merchant, &failure);
        end_try(merchant, /* again= */ false);
        return false;
    }
    merchant->call = wxpay_bill_apply_start(
        merchant->wxpay, wxpay_kind(bill_of(merchant)->kind), unit_of(merchant)->day);
    wxpay_call_set_owner(merchant->call, merchant);
    return true;
}

static void set_not_ready(struct fetch *fetch, struct fetch_merchant *merchant)
{
    const struct fetch_unit *unit = unit_of(merchant);
    struct fetch_bill *bill = bill_of(merchant);
    struct err failure = ERR_INIT;

    log_line(&fetch->job->log, LOG_INFO, "%.*s %s %s: not generated yet (Request-Id %s)",
             VIEW_ARG(merchant->merchant->mchid), date_text(unit->day).s,
             evidence_kind_name(bill->kind), merchant->offer->request_id);
    (void)err_set(&failure, ERR_LATER, "%s of %s is not generated yet",
                  evidence_kind_name(bill->kind), date_text(unit->day).s);
    fetch_set_problem(fetch, unit, bill, CLASS_E01, &failure);
}

/* ---- downloading ------------------------------------------------------------------------------- */

/* A long download is left when the program is asked to stop. */
static bool receive(void *context, struct view bytes, struct err *err)
{
    struct fetch_merchant *merchant = context;

    if (job_stopping())
        return err_set(err, ERR_LATER, "asked to stop");
    merchant->received += (int64_t)bytes.length;
    return incoming_push(merchant->incoming, bytes, err);
}

static void download(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct err failure = ERR_INIT;

    merchant->received = 0;
    if (!incoming_open(&merchant->incoming, &failure)) {
        (void)fetch_wrap(&failure, unit_of(merchant), bill_of(merchant));
        set_failure(fetch, merchant, &failure);
        end_try(merchant, /* again= */ false);
        return;
    }
    merchant->call =
        wxpay_bill_download_start(merchant->wxpay, merchant->offer, receive, merchant);
    wxpay_call_set_owner(merchant->call, merchant);
}

/* The offer, or why there is none. Fails when the database does. */
static bool take_offer(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err)
{
    struct err failure = ERR_INIT;
    struct wxpay_call *call = merchant->call;
    bool kept = true;

    merchant->call = NULL;
    merchant->download_id = (struct wxpay_request_id){.s = ""};
    merchant->offer = memory_alloc(sizeof(*merchant->offer));
    if (!wxpay_bill_apply_finish(call, merchant->offer, &failure)) {
        set_failure(fetch, merchant, &failure);
        end_try(merchant, /* again= */ false);
        return true;
    }
    merchant->failures = 0;
    switch (merchant->offer->state) {
    case WXPAY_BILL_OFFERED:
        download(fetch, merchant);
        return true;
    case WXPAY_BILL_NONE:
        kept = fetch_keep_none(fetch, merchant, err);
        break;
    case WXPAY_BILL_NOT_READY:
        set_not_ready(fetch, merchant);
        break;
    }
    end_try(merchant, /* again= */ false);
    return kept;
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

/* The bytes, or why they did not come. Fails when the database does. */
static bool take_bytes(struct fetch *fetch, struct fetch_merchant *merchant, struct err *err)
{
    struct err failure = ERR_INIT;
    struct wxpay_call *call = merchant->call;
    uint64_t bytes;
    bool again, kept = true;

    merchant->call = NULL;
    merchant->download_id = wxpay_call_request_id(call);
    if (wxpay_bill_download_finish(call, &bytes, &failure)) {
        kept = fetch_keep(fetch, merchant, err);
        again = bill_of(merchant)->problem.class != CLASS_NONE;
    } else {
        (void)fetch_wrap(&failure, unit_of(merchant), bill_of(merchant));
        again = is_worth_another(fetch, merchant, &failure);
    }
    end_try(merchant, again);
    return kept;
}

/* ---- all of them ------------------------------------------------------------------------------- */

/* Goes on until a request is under way; false when there is nothing to ask for any more. */
static bool go_on(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct err failure = ERR_INIT;
    bool found = true;

    while (found && merchant->database == NULL && merchant->call == NULL) {
        if (!find_next(fetch, merchant, &found, &failure))
            merchant->database = keep_err(fetch, &failure);
        else if (found)
            (void)apply(fetch, merchant);
    }
    if (merchant->call != NULL)
        return true;
    wxpay_close(merchant->wxpay);
    merchant->wxpay = NULL;
    return false;
}

/* Its request has come to an end. */
static void take(struct fetch *fetch, struct fetch_merchant *merchant)
{
    struct err failure = ERR_INIT;
    bool kept = merchant->offer == NULL ? take_offer(fetch, merchant, &failure)
                                        : take_bytes(fetch, merchant, &failure);

    if (!kept)
        merchant->database = keep_err(fetch, &failure);
}

static void leave_all(struct fetch *fetch)
{
    for (size_t i = 0; i < fetch->count; i++)
        fetch_leave(fetch->merchants[i]);
}

void fetch_gather(struct fetch *fetch, struct pg *pg)
{
    size_t next = 0, under_way = 0;

    fetch->pg = pg;
    fetch->now = clock_now(&fetch->job->clock);
    while (!job_stopping()) {
        struct wxpay_call *call;

        while (under_way < MERCHANTS_AT_ONCE && next < fetch->count)
            under_way += go_on(fetch, fetch->merchants[next++]) ? 1 : 0;
        if (under_way == 0)
            break;
        call = wxpay_pool_next(fetch->pool, LOOK_MS);
        if (call != NULL) {
            struct fetch_merchant *merchant = wxpay_call_owner(call);

            take(fetch, merchant);
            under_way -= go_on(fetch, merchant) ? 0 : 1;
        }
    }
    leave_all(fetch);
    fetch->pg = NULL;
}
