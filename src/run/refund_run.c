#include "run/refund_run.h"

#include "base/memory.h"
#include "refund/send.h"
#include "run/merchant_client.h"

#include <inttypes.h>
#include <stdio.h>

enum { LOCK_NAME_MAX = 64 };

/* One merchant that this run has. */
struct turn {
    struct turn *next;
    const struct merchant *merchant;
    struct refund_lane *lane;
    struct refund_totals before;
    bool suspended; /* and would be sent, were it not */
};

struct running {
    struct job *job;
    struct pg *pg;
    struct wxpay_pool *pool;
    struct arena arena;
    struct turn *first, *last;
    enum exit_code code;
};

static void tell(void *context, const struct refund_told *told)
{
    const struct running *running = context;
    bool needs_person = told->to == REFUND_DROPPED || told->to == REFUND_ABNORMAL ||
                        told->to == REFUND_CLOSED || told->to == REFUND_EXPIRED ||
                        told->to == REFUND_UNKNOWN;
    enum log_level level = needs_person && told->from != told->to ? LOG_WARNING : LOG_DEBUG;

    log_line(&running->job->log, level, "%.*s refund %.*s: %s -> %s, %s%s%.*s%s%.*s",
             VIEW_ARG(told->mchid), VIEW_ARG(told->refund_no), refund_state_name(told->from),
             refund_state_name(told->to), told->outcome,
             told->request_id.length > 0 ? ", Request-Id " : "", VIEW_ARG(told->request_id),
             told->why.length > 0 ? ": " : "", VIEW_ARG(told->why));
}

static bool open_client(void *context, const void *lane_context, struct wxpay **ret_client,
                        struct err *err)
{
    struct running *running = context;

    return merchant_open_client(running->job, lane_context, running->pool, &running->arena,
                                ret_client, err);
}

/* ---- which merchants ---------------------------------------------------------------------------
 */

struct lock_name {
    char s[LOCK_NAME_MAX];
};

static struct lock_name lock_name(const struct merchant *merchant)
{
    struct lock_name name;

    (void)snprintf(name.s, sizeof(name.s), "payrecon refunds %.*s", VIEW_ARG(merchant->mchid));
    return name;
}

/* A merchant's refunds have a lock of their own: they do not wait for its bills. */
static bool try_lock(struct running *running, const struct merchant *merchant, bool *ret_held,
                     struct err *err)
{
    return pg_lock_try(running->pg, view_of(lock_name(merchant).s), ret_held, err);
}

static bool unlock_all(struct running *running, struct err *err)
{
    for (const struct turn *turn = running->first; turn != NULL; turn = turn->next) {
        if (!pg_lock_release(running->pg, view_of(lock_name(turn->merchant).s), err))
            return false;
    }
    return true;
}

static bool is_skipped(const struct running *running, const struct merchant *merchant)
{
    if (merchant->mode != MERCHANT_NONE)
        return false;
    log_line(&running->job->log, LOG_DEBUG, "%.*s: no WeChat Pay", VIEW_ARG(merchant->mchid));
    return true;
}

static bool add_turn(struct running *running, struct refund_sender *sender,
                     const struct merchant *merchant, bool send, struct err *err)
{
    struct turn *turn;
    bool held;

    if (is_skipped(running, merchant))
        return true;
    if (!try_lock(running, merchant, &held, err))
        return false;
    if (!held) {
        log_line(&running->job->log, LOG_WARNING, "%.*s: another run has its refunds",
                 VIEW_ARG(merchant->mchid));
        running->code = exit_code_worse(running->code, EXIT_TRY_LATER);
        return true;
    }
    turn = ARENA_NEW(&running->arena, struct turn);
    turn->merchant = merchant;
    if (!refund_totals_load(
            &(struct refund_access){running->pg, merchant->mchid, clock_now(&running->job->clock)},
            &turn->before, err))
        return false;
    turn->suspended = send && merchant->suspended;
    turn->lane = refund_sender_add(sender, merchant->mchid, send && !merchant->suspended, merchant);
    if (running->last == NULL)
        running->first = turn;
    else
        running->last->next = turn;
    running->last = turn;
    return true;
}

/* ---- what came out
 * ------------------------------------------------------------------------------- */

static enum exit_code code_of(const struct refund_result *result)
{
    enum exit_code code = EXIT_CLEAN;

    /* a breaker that has tripped is ERR_DATA: nothing goes on until a person has mended it */
    if (result->held.kind != ERR_NONE)
        code = err_exit_code(result->held.kind);
    if (result->failed.kind != ERR_NONE)
        code = exit_code_worse(code, err_exit_code(result->failed.kind));
    if (result->unknown > 0 || result->waiting > 0 || result->waiting_funds > 0)
        code = exit_code_worse(code, EXIT_TRY_LATER);
    if (result->dropped > 0 || result->bad > 0 || result->expired > 0)
        code = exit_code_worse(code, EXIT_FINDINGS);
    return code;
}

static bool had_something(const struct refund_result *result)
{
    return result->sent + result->asked + result->success + result->processing + result->unknown +
                   result->bad + result->dropped + result->expired + result->waiting +
                   result->waiting_funds >
               0 ||
           result->held.kind != ERR_NONE;
}

static void complain(const struct running *running, const struct turn *turn, struct err err,
                     const char *what)
{
    if (err.kind == ERR_NONE)
        return;
    (void)err_wrap(&err, "%.*s: %s", VIEW_ARG(turn->merchant->mchid), what);
    log_err(&running->job->log, LOG_WARNING, &err);
}

/* What was approved waits for as long as a person lets it wait: silence would hide it. */
static bool is_left_unsent(struct running *running, const struct turn *turn,
                           const struct refund_totals *totals)
{
    if (!turn->suspended || totals->waiting_count == 0)
        return false;
    log_line(&running->job->log, LOG_WARNING,
             "%.*s: suspended: %" PRId64 " approved refunds, %" PRId64 " fen, are not sent",
             VIEW_ARG(turn->merchant->mchid), totals->waiting_count, totals->waiting.fen);
    running->code = exit_code_worse(running->code, EXIT_TRY_LATER);
    return true;
}

static struct table_cell why_held(const struct refund_result *result, bool unsent)
{
    if (result->held.kind != ERR_NONE)
        return table_text(view_of(result->held.text));
    return unsent ? table_text(VIEW("the merchant is suspended")) : table_none();
}

/* The sum to top up, before WeChat Pay has to say it. */
static void look_at_balance(const struct running *running, const struct turn *turn)
{
    const struct refund_result *result = refund_lane_result(turn->lane);

    if (result->balance_known && result->needed.fen > result->balance.fen)
        log_line(
            &running->job->log, LOG_WARNING,
            "%.*s: refunds of %s yuan were to be sent, the account had %s at the end of %s: top "
            "up %s",
            VIEW_ARG(turn->merchant->mchid), money_text(result->needed).s,
            money_text(result->balance).s, date_text(result->balance_day).s,
            money_text((struct money){result->needed.fen - result->balance.fen}).s);
}

static bool add_line(struct running *running, struct table *table, const struct turn *turn,
                     struct err *err)
{
    const struct refund_result *result = refund_lane_result(turn->lane);
    struct refund_totals totals;
    bool unsent;

    if (!refund_totals_load(&(struct refund_access){running->pg, turn->merchant->mchid,
                                                    clock_now(&running->job->clock)},
                            &totals, err))
        return false;
    unsent = is_left_unsent(running, turn, &totals);
    if (!had_something(result) && totals.doubtful_count == 0 && !unsent)
        return true;
    running->code = exit_code_worse(running->code, code_of(result));
    if (totals.doubtful_count > 0)
        running->code = exit_code_worse(running->code, EXIT_TRY_LATER);
    look_at_balance(running, turn);
    complain(running, turn, result->held, "no refund is sent");
    if (result->failed.kind != result->held.kind)
        complain(running, turn, result->failed, "a refund is left for the next run");
    table_add(table,
              TABLE_CELLS(table_id(turn->merchant->mchid), table_count(result->sent),
                          table_money(result->sent_money), table_count(result->success),
                          table_count(result->processing), table_count(totals.doubtful_count),
                          table_count(unsent ? totals.waiting_count
                                             : result->waiting + result->waiting_funds),
                          table_count(result->dropped + result->expired + result->bad),
                          why_held(result, unsent)));
    return true;
}

static bool report(struct running *running, bool print, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},
        {"sent", "SENT", TABLE_COUNT},
        {"sent_fen", "YUAN", TABLE_MONEY},
        {"success", "SUCCESS", TABLE_COUNT},
        {"processing", "PROCESSING", TABLE_COUNT},
        {"in_doubt", "IN DOUBT", TABLE_COUNT},
        {"waiting", "WAITING", TABLE_COUNT},
        {"for_people", "FOR PEOPLE", TABLE_COUNT},
        {"held", "HELD", TABLE_TEXT},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));

    for (const struct turn *turn = running->first; turn != NULL; turn = turn->next) {
        if (!add_line(running, table, turn, err))
            return false;
    }
    if (!print)
        return true;
    if (running->job->format == TABLE_TEXT_FORMAT && table_rows(table) == 0) {
        if (running->job->log.level >= LOG_INFO)
            (void)printf("no refund is due\n");
        return true;
    }
    return table_print(table, running->job->format, stdout, err);
}

/* ---- the run
 * ------------------------------------------------------------------------------------- */

/* --dry-run: what was approved and not sent. */
static bool list_waiting(struct running *running, struct err *err)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},
        {"waiting", "TO BE SENT", TABLE_COUNT},
        {"waiting_fen", "YUAN", TABLE_MONEY},
    };
    CLEANUP(table_done) struct table *table = table_new(TABLE_COLUMNS(columns));

    for (const struct turn *turn = running->first; turn != NULL; turn = turn->next) {
        if (turn->before.waiting_count > 0)
            table_add(table, TABLE_CELLS(table_id(turn->merchant->mchid),
                                         table_count(turn->before.waiting_count),
                                         table_money(turn->before.waiting)));
    }
    return table_print(table, running->job->format, stdout, err);
}

static struct money yuan(int64_t yuan)
{
    return (struct money){yuan * 100};
}

static bool run_all(struct running *running, const struct merchant_list *list,
                    enum refund_run_mode mode, bool print, struct err *err)
{
    bool list_only = mode == REFUND_RUN_LIST;
    const struct job_settings *settings = &running->job->settings;
    const struct refund_sender_settings sender_settings = {
        .pg = running->pg,
        .pool = running->pool,
        .clock = &running->job->clock,
        .limits = {yuan(settings->refund_request_most), yuan(settings->refund_run_most),
                   yuan(settings->refund_hour_most), yuan(settings->refund_day_most),
                   settings->refund_day_count},
        .stopping = job_stopping,
        .tell = tell,
        .open = open_client,
        .context = running,
    };
    CLEANUP(refund_sender_done)
    struct refund_sender *sender = refund_sender_new(&sender_settings);

    for (size_t i = 0; i < list->count; i++) {
        if (!add_turn(running, sender, &list->at[i], mode == REFUND_RUN_SEND, err))
            return false;
    }
    if (list_only)
        return list_waiting(running, err) && unlock_all(running, err);
    if (!refund_sender_run(sender, err) || !unlock_all(running, err))
        return false;
    if (job_stopping()) {
        log_line(&running->job->log, LOG_WARNING, "asked to stop: what is left is done next time");
        running->code = exit_code_worse(running->code, EXIT_TRY_LATER);
    }
    return report(running, print, err);
}

bool refund_run(struct job *job, enum refund_run_mode mode, bool print, enum exit_code *ret_code,
                struct err *err)
{
    struct running running = {.job = job, .code = EXIT_CLEAN};
    struct wxpay_pool_settings settings = {.wait = job_wait};
    struct merchant_list list;
    bool done;

    done = job_database(job, &running.pg, err) &&
           merchant_load(running.pg, &job->merchants, &running.arena, &list, err);
    if (done) {
        settings.connections_max = refund_sender_calls_max(list.count);
        running.pool = wxpay_pool_new(&settings);
        done = run_all(&running, &list, mode, print, err);
        wxpay_pool_free(running.pool);
    }
    arena_release(&running.arena);
    *ret_code = exit_code_worse(*ret_code, running.code);
    return done;
}
