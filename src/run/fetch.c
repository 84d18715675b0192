#include "run/fetch.h"

#include "recon/finding.h"
#include "run/evidence.h"
#include "text/json.h"
#include "wxpay/bill.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* Why a bill is not there. */
struct problem {
    enum finding_class class; /* CLASS_NONE: none */
    struct err err;
    enum exit_code code;
};

/* One unit being fetched. */
struct fetch {
    const struct job *job;
    struct pg *pg;
    struct fetch_client *client;
    const struct merchant *merchant;
    struct date day;
    struct instant now;
    bool changed;
};

/* One bill of it. */
struct bill {
    const char *kind;
    bool found; /* in evidence before */
    struct evidence_file file;
    struct problem problem;
};

void fetch_client_release(struct fetch_client *client)
{
    wxpay_close(client->wxpay);
    *client = FETCH_CLIENT_INIT;
}

size_t fetch_kinds(const struct merchant *merchant, const char *ret_kinds[FETCH_KINDS_MAX])
{
    size_t count = 0;

    ret_kinds[count++] = EVIDENCE_TRADE_ALL;
    if (merchant->fund_account.length > 0)
        ret_kinds[count++] = EVIDENCE_FUND_BASIC;
    return count;
}

bool fetch_mark(struct pg *pg, const struct merchant *merchant, struct date day, struct instant now,
                bool *ret_complete, struct err *err)
{
    const char *kinds[FETCH_KINDS_MAX];
    size_t count = fetch_kinds(merchant, kinds);

    for (size_t i = 0; i < count; i++) {
        struct evidence_file file;
        bool found;

        if (!evidence_find(pg, &(struct evidence_bill){merchant->mchid, day, kinds[i]}, &file,
                           &found, err))
            return false;
        if (!found) {
            *ret_complete = false;
            return true;
        }
    }
    if (!unit_mark(pg, merchant->mchid, day, UNIT_FETCHED, now, err))
        return false;
    *ret_complete = true;
    return true;
}

static enum wxpay_bill_kind wxpay_kind(const char *kind)
{
    return strcmp(kind, EVIDENCE_FUND_BASIC) == 0 ? WXPAY_FUND_BASIC : WXPAY_TRADE_ALL;
}

static bool is_too_late(const struct fetch *fetch)
{
    return fetch->now.us > job_deadline(fetch->job, fetch->day).us;
}

/* "trade bill of 2026-05-31". */
static void wrap(const struct fetch *fetch, const struct bill *bill, struct err *err)
{
    (void)err_wrap(err, "%s of %s", evidence_kind_name(bill->kind), date_text(fetch->day).s);
}

static void set_problem(struct fetch *fetch, struct bill *bill, enum finding_class class,
                        const struct err *err)
{
    bill->problem = (struct problem){class, *err, err_exit_code(err->kind)};
    if (bill->problem.code == EXIT_TRY_LATER && is_too_late(fetch))
        bill->problem.code = EXIT_BAD_DATA;
}

/* A request failed: what that means for the bill, and for the requests that follow. */
static void set_failure(struct fetch *fetch, struct bill *bill, const struct err *err)
{
    struct fetch_client *client = fetch->client;

    set_problem(fetch, bill, CLASS_E01, err);
    if (err->kind == ERR_UNAVAILABLE)
        client->failures++;
    if (client->failures == FETCH_FAILURES_MAX || err->kind == ERR_ACCESS ||
        err->kind == ERR_CONFIG || err->kind == ERR_IO)
        client->broken = *err;
}

static bool open_client(struct fetch *fetch, const struct bill *bill, struct err *err)
{
    const struct job_settings *settings = &fetch->job->settings;
    const struct merchant *merchant = fetch->merchant;
    bool partner = merchant->mode == MERCHANT_PARTNER;
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct wxpay_settings wxpay = {
        .base_url = settings->wxpay_url,
        .ca_file = settings->wxpay_ca_file[0] != '\0' ? settings->wxpay_ca_file : NULL,
        .keys_dir = merchant_keys_dir(merchant, settings->keys_dir, &arena),
        .mchid = partner ? merchant->sp_mchid.at : merchant->mchid.at,
        .sub_mchid = partner ? merchant->mchid.at : NULL,
        .clock = &fetch->job->clock,
        .wait = job_wait,
    };

    if (fetch->client->wxpay != NULL)
        return true;
    if (!wxpay_open(&wxpay, &fetch->client->wxpay, err)) {
        wrap(fetch, bill, err);
        return false;
    }
    return true;
}

static struct evidence_source source_of(const struct fetch *fetch, const struct bill *bill,
                                        const struct wxpay_bill_offer *offer)
{
    return (struct evidence_source){
        .bill = {fetch->merchant->mchid, fetch->day, bill->kind},
        .announced_sha1 = offer->state == WXPAY_BILL_OFFERED ? offer->sha1 : NULL,
        .request_id = offer->request_id,
        .at = fetch->now,
    };
}

/* Ends a transaction in which `done` says whether all went well. */
static bool end(struct pg *pg, bool done, struct err *err)
{
    if (done)
        return pg_commit(pg, err);
    pg_rollback(pg);
    return false;
}

/* A new version makes the day due again in the same transaction: it cannot be overlooked. */
static bool keep_mark(struct fetch *fetch, const struct evidence_stored *stored, struct err *err)
{
    if (!stored->is_new || !stored->valid)
        return true;
    fetch->changed = true;
    return unit_mark(fetch->pg, fetch->merchant->mchid, fetch->day, UNIT_DUE, fetch->now, err);
}

static bool keep_none(struct fetch *fetch, struct bill *bill, const struct wxpay_bill_offer *offer,
                      struct err *err)
{
    struct evidence_source source = source_of(fetch, bill, offer);
    struct evidence_stored stored;

    if (bill->found && !bill->file.no_statement) {
        struct err gone = ERR_INIT;

        (void)err_set(&gone, ERR_DATA, "there is none any more, says WeChat Pay");
        wrap(fetch, bill, &gone);
        set_problem(fetch, bill, CLASS_E06, &gone);
        return true;
    }

    if (!pg_begin(fetch->pg, PG_READ_WRITE, err))
        return false;
    if (!end(fetch->pg,
             evidence_store_none(fetch->pg, &source, &stored, err) &&
                 keep_mark(fetch, &stored, err),
             err))
        return false;

    log_line(&fetch->job->log, LOG_INFO, "%.*s %s %s: nothing happened that day, says WeChat Pay",
             VIEW_ARG(fetch->merchant->mchid), date_text(fetch->day).s,
             evidence_kind_name(bill->kind));
    return true;
}

/* Whether the bytes are the bill that was announced; if not, why. */
static void judge(struct fetch *fetch, struct bill *bill, const struct wxpay_bill_offer *offer,
                  const struct incoming_digests *digests)
{
    struct err err = ERR_INIT;

    if (!digests->intact) {
        (void)err_set(&err, ERR_LATER, "unreadable: %s", digests->damage.text);
        wrap(fetch, bill, &err);
        set_problem(fetch, bill, CLASS_E04, &err);
    } else if (strcmp(offer->sha1, digests->plain_sha1) != 0) {
        (void)err_set(&err, ERR_LATER, "SHA-1 is %s, announced is %s", digests->plain_sha1,
                      offer->sha1);
        wrap(fetch, bill, &err);
        set_problem(fetch, bill, CLASS_E03, &err);
    }
}

static bool keep(struct fetch *fetch, struct bill *bill, const struct wxpay_bill_offer *offer,
                 struct incoming *incoming, struct err *err)
{
    struct evidence_source source = source_of(fetch, bill, offer);
    struct incoming_digests digests;
    struct evidence_stored stored;

    incoming_finish(incoming, &digests);
    judge(fetch, bill, offer, &digests);

    if (!pg_begin(fetch->pg, PG_READ_WRITE, err))
        return false;
    if (!end(fetch->pg,
             evidence_store(fetch->pg, &source, incoming, &digests, &stored, err) &&
                 keep_mark(fetch, &stored, err),
             err))
        return false;

    log_line(&fetch->job->log, stored.valid ? LOG_INFO : LOG_WARNING,
             "%.*s %s %s: version %" PRId32 "%s, %" PRId64 " bytes%s%s",
             VIEW_ARG(fetch->merchant->mchid), date_text(fetch->day).s,
             evidence_kind_name(bill->kind), stored.version,
             stored.is_new ? "" : " is the same again", digests.received_bytes,
             stored.valid ? "" : ": ", stored.valid ? "" : bill->problem.err.text);
    return true;
}

/* Where the bytes go; a long download is left when the program is asked to stop. */
struct receiving {
    struct incoming *incoming;
    int64_t bytes;
};

static bool receive(void *context, struct view bytes, struct err *err)
{
    struct receiving *receiving = context;

    if (job_stopping())
        return err_set(err, ERR_LATER, "asked to stop");
    receiving->bytes += (int64_t)bytes.length;
    return incoming_push(receiving->incoming, bytes, err);
}

/* One download. `*ret_again`: it is worth another. Fails when the database does. */
static bool download(struct fetch *fetch, struct bill *bill, const struct wxpay_bill_offer *offer,
                     bool *ret_again, struct err *err)
{
    CLEANUP(incoming_done) struct incoming *incoming = NULL;
    struct receiving receiving = {.bytes = 0};
    struct err failure = ERR_INIT;
    uint64_t bytes;

    *ret_again = false;
    if (!incoming_open(&incoming, &failure)) {
        wrap(fetch, bill, &failure);
        set_failure(fetch, bill, &failure);
        return true;
    }
    receiving.incoming = incoming;

    if (wxpay_bill_download(fetch->client->wxpay, offer, receive, &receiving, &bytes, &failure)) {
        if (!keep(fetch, bill, offer, incoming, err))
            return false;
        *ret_again = bill->problem.class != CLASS_NONE;
        return true;
    }

    wrap(fetch, bill, &failure);
    /* What broke off, and what was no file at all, may be whole the next time. */
    if (failure.kind == ERR_DATA || (failure.kind == ERR_UNAVAILABLE && receiving.bytes > 0)) {
        failure.kind = ERR_LATER;
        set_problem(fetch, bill, CLASS_E04, &failure);
        *ret_again = true;
    } else {
        set_failure(fetch, bill, &failure);
        *ret_again = failure.kind == ERR_LATER;
    }
    return true;
}

/* Applies, downloads and keeps once. */
static bool try_once(struct fetch *fetch, struct bill *bill, bool *ret_again, struct err *err)
{
    struct wxpay_bill_offer offer;
    struct err failure = ERR_INIT;

    *ret_again = false;
    bill->problem = (struct problem){.class = CLASS_NONE};
    if (!open_client(fetch, bill, &failure) ||
        !wxpay_bill_apply(fetch->client->wxpay, wxpay_kind(bill->kind), fetch->day, &offer,
                          &failure)) {
        set_failure(fetch, bill, &failure);
        return true;
    }
    fetch->client->failures = 0;

    switch (offer.state) {
    case WXPAY_BILL_OFFERED:
        return download(fetch, bill, &offer, ret_again, err);
    case WXPAY_BILL_NONE:
        return keep_none(fetch, bill, &offer, err);
    case WXPAY_BILL_NOT_READY:
        (void)err_set(&failure, ERR_LATER, "%s of %s is not generated yet",
                      evidence_kind_name(bill->kind), date_text(fetch->day).s);
        set_problem(fetch, bill, CLASS_E01, &failure);
        return true;
    }
    assert(false && "state of an offer");
    return true;
}

static bool fetch_bill(struct fetch *fetch, struct bill *bill, struct err *err)
{
    bool again = true;

    if (fetch->client->broken.kind != ERR_NONE) {
        struct err failure = fetch->client->broken;

        (void)err_wrap(&failure, "not asked for");
        wrap(fetch, bill, &failure);
        set_problem(fetch, bill, CLASS_E01, &failure);
        return true;
    }
    for (int i = 0; again && i < FETCH_DOWNLOADS_MAX; i++) {
        if (!try_once(fetch, bill, &again, err))
            return false;
        if (job_stopping())
            return err_set(err, ERR_LATER, "asked to stop");
    }
    return true;
}

/* What a bill that is missing leaves behind: one finding. */
static bool add_finding(const struct fetch *fetch, const struct bill *bill,
                        struct finding_list *list, struct err *err)
{
    const struct problem *problem = &bill->problem;
    bool pending = problem->class == CLASS_E01 && !is_too_late(fetch);
    struct instant deadline = job_deadline(fetch->job, fetch->day);
    CLEANUP(buf_release) struct buf evidence = BUF_INIT(64 * 1024);
    struct json_writer json;

    json_writer_init(&json, &evidence);
    json_writer_begin_object(&json);
    json_writer_pair_text(&json, "reason", view_of(problem->err.text));
    json_writer_end_object(&json);
    return finding_list_add(list,
                            &(struct finding){
                                .leg = LEG_EVIDENCE,
                                .key = view_of(bill->kind),
                                .class = problem->class,
                                .state = pending ? STATE_PENDING : STATE_OPEN,
                                .has_break_on = pending,
                                .break_on = beijing_day((struct instant){deadline.us - 1}),
                                .evidence = buf_view(&evidence),
                                .reason = view_of(problem->err.text),
                            },
                            err);
}

static bool is_missing(const struct bill *bill)
{
    return bill->problem.class != CLASS_NONE && !bill->found;
}

static bool store_problems(struct fetch *fetch, const struct bill *bills, size_t count,
                           const char *reason, struct err *err)
{
    CLEANUP(finding_list_release) struct finding_list list = FINDING_LIST_INIT;
    struct finding_scope scope = {.mchid = fetch->merchant->mchid,
                                  .bill_day = fetch->day,
                                  .legs = 1U << LEG_EVIDENCE,
                                  .now = fetch->now,
                                  .evidence_only = true};
    struct instant next = {fetch->now.us + fetch->job->settings.retry_minutes * INSTANT_MINUTE};
    /* What a person has to mend may be tried at once when it is mended. */
    const struct unit_failure failure = {reason, fetch->now,
                                         fetch->client->broken.kind != ERR_NONE ? NULL : &next};

    for (size_t i = 0; i < count; i++) {
        if (is_missing(&bills[i]) && !add_finding(fetch, &bills[i], &list, err))
            return false;
    }

    if (!pg_begin(fetch->pg, PG_READ_WRITE, err))
        return false;
    return end(
        fetch->pg,
        recon_findings_store(fetch->pg, &scope, &list, err) &&
            unit_mark_incomplete(fetch->pg, fetch->merchant->mchid, fetch->day, &failure, err),
        err);
}

/* Sums the bills up: reason and code of the first that is missing, the worst code of all. */
static void sum_up(const struct fetch *fetch, const struct bill *bills, size_t count,
                   struct fetch_result *result)
{
    *result = (struct fetch_result){.complete = true, .changed = fetch->changed};
    for (size_t i = 0; i < count; i++) {
        const struct problem *problem = &bills[i].problem;

        if (problem->class == CLASS_NONE)
            continue;
        log_line(&fetch->job->log, LOG_WARNING, "%.*s %s: %s %s%s%s",
                 VIEW_ARG(fetch->merchant->mchid), date_text(fetch->day).s,
                 class_info(problem->class)->code, problem->err.text,
                 problem->err.hint[0] != '\0' ? "; hint: " : "", problem->err.hint);
        if (!is_missing(&bills[i]))
            continue;
        if (result->complete)
            (void)snprintf(result->reason, sizeof(result->reason), "%s %s",
                           class_info(problem->class)->code, problem->err.text);
        result->complete = false;
        result->code = exit_code_worse(result->code, problem->code);
    }
}

static bool finish(struct fetch *fetch, const struct unit *unit, struct err *err)
{
    bool complete;

    if (unit->stage != UNIT_DUE && !fetch->changed)
        return true;

    if (!pg_begin(fetch->pg, PG_READ_WRITE, err))
        return false;
    return end(fetch->pg,
               fetch_mark(fetch->pg, fetch->merchant, fetch->day, fetch->now, &complete, err), err);
}

bool fetch_day(const struct job *job, struct pg *pg, struct fetch_client *client,
               const struct fetch_order *order, struct fetch_result *ret_result, struct err *err)
{
    struct fetch fetch = {.job = job,
                          .pg = pg,
                          .client = client,
                          .merchant = order->merchant,
                          .day = order->unit->day,
                          .now = clock_now(&job->clock)};
    const char *kinds[FETCH_KINDS_MAX];
    struct bill bills[FETCH_KINDS_MAX];
    size_t count = fetch_kinds(order->merchant, kinds);
    struct fetch_result result;

    assert(fetch.now.us >= job_published_at(job, fetch.day).us);
    if (client->merchant != order->merchant)
        fetch_client_release(client);
    client->merchant = order->merchant;
    for (size_t i = 0; i < count; i++) {
        const struct evidence_bill name = {order->merchant->mchid, fetch.day, kinds[i]};

        bills[i] = (struct bill){.kind = kinds[i]};
        if (!evidence_find(pg, &name, &bills[i].file, &bills[i].found, err))
            return false;
        if ((!bills[i].found || order->again) && !fetch_bill(&fetch, &bills[i], err))
            return false;
    }

    sum_up(&fetch, bills, count, &result);
    if (!(result.complete ? finish(&fetch, order->unit, err)
                          : store_problems(&fetch, bills, count, result.reason, err)))
        return false;
    *ret_result = result;
    return true;
}
