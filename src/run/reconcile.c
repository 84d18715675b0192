#include "run/reconcile.h"

#include "books/contract.h"
#include "queries.h"
#include "reconcile_state.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* A payment's two clocks lie seconds apart; what is farther is looked up by number. */
#define MARGIN (10 * INSTANT_MINUTE)

bool reconcile_problem(struct reconcile *reconcile, enum finding_class class, enum finding_leg leg,
                       const char *key, bool may_come)
{
    reconcile->problem = (struct reconcile_problem){class, leg, key, may_come};
    return false;
}

static struct evidence_bill bill_of(const struct reconcile *reconcile, const char *kind)
{
    return (struct evidence_bill){reconcile->merchant->mchid, reconcile->day, kind};
}

static bool find_bill(struct reconcile *reconcile, const char *kind, struct evidence_file *ret_file,
                      struct err *err)
{
    const struct evidence_bill bill = bill_of(reconcile, kind);
    bool found;

    if (!evidence_find(reconcile->pg, &bill, ret_file, &found, err))
        return false;
    if (found)
        return true;
    err_set(err, ERR_LATER, "%s of %s is not here yet", evidence_kind_name(kind),
            date_text(reconcile->day).s);
    return reconcile_problem(reconcile, CLASS_E01, LEG_EVIDENCE, kind, /* may_come= */ true);
}

/* A bill that is there no more contradicts the one that was: neither proves anything. */
static bool find_change(struct reconcile *reconcile, const char *kind, struct bill_change *change,
                        struct err *err)
{
    const struct evidence_bill bill = bill_of(reconcile, kind);
    CLEANUP(buf_release) struct buf text = BUF_INIT(BILL_CHANGE_TEXT_MAX);

    if (!bill_change_find(reconcile->pg, &bill, change, err))
        return false;
    if (!change->gone)
        return true;
    bill_change_text(&bill, change, &text);
    err_set(err, ERR_LATER, "%s", buf_text(&text));
    return reconcile_problem(reconcile, CLASS_E06, LEG_EVIDENCE, kind, /* may_come= */ true);
}

static bool find_bills(struct reconcile *reconcile, struct err *err)
{
    reconcile->has_fund = reconcile->merchant->fund_account.length > 0;
    return find_bill(reconcile, EVIDENCE_TRADE_ALL, &reconcile->trade, err) &&
           (!reconcile->has_fund ||
            find_bill(reconcile, EVIDENCE_FUND_BASIC, &reconcile->fund, err)) &&
           find_change(reconcile, EVIDENCE_TRADE_ALL, &reconcile->trade_change, err) &&
           (!reconcile->has_fund ||
            find_change(reconcile, EVIDENCE_FUND_BASIC, &reconcile->fund_change, err));
}

/* E06 of the bills that were found, but for the one whose problem says more. */
static bool add_changes(struct reconcile *reconcile, const char *but, struct err *err)
{
    const struct evidence_bill trade = bill_of(reconcile, EVIDENCE_TRADE_ALL);
    const struct evidence_bill fund = bill_of(reconcile, EVIDENCE_FUND_BASIC);

    return (strcmp(but, trade.kind) == 0 ||
            bill_change_add(&trade, &reconcile->trade_change, &reconcile->findings, err)) &&
           (strcmp(but, fund.kind) == 0 ||
            bill_change_add(&fund, &reconcile->fund_change, &reconcile->findings, err));
}

struct books_span reconcile_day_span(const struct reconcile *reconcile)
{
    return (struct books_span){beijing_start(reconcile->day),
                               beijing_start(date_add(reconcile->day, 1))};
}

/* The snapshot begins here. */
static bool open_books(struct reconcile *reconcile, struct err *err)
{
    CLEANUP(buf_release) struct buf problem = BUF_INIT(CONTRACT_PROBLEM_MAX);

    if (!job_connect(reconcile->job, &reconcile->books, err) || !books_begin(reconcile->books, err))
        return false;
    if (!books_contract_check(reconcile->books, reconcile->merchant->mchid, &reconcile->span.to,
                              &problem, err)) {
        if (err->kind != ERR_ACCESS && err->kind != ERR_CONFIG && err->kind != ERR_DATA)
            return false;
        return reconcile_problem(reconcile, CLASS_E09, LEG_BOOKS, "contract", /* may_come= */ true);
    }
    if (problem.length == 0 && !problem.overflowed)
        return true;
    err_set(err, ERR_LATER, "%s", buf_text(&problem));
    return reconcile_problem(reconcile, CLASS_E09, LEG_BOOKS, "contract", /* may_come= */ true);
}

/* Everything up to the verdict, in the write transaction. */
static bool reconcile_all(struct reconcile *reconcile, struct reconcile_result *ret_result,
                          struct err *err)
{
    return find_bills(reconcile, err) && open_books(reconcile, err) &&
           reconcile_neighbours(reconcile, err) && reconcile_trade(reconcile, err) &&
           reconcile_fund(reconcile, err) && reconcile_rest(reconcile, err) &&
           add_changes(reconcile, "", err) && reconcile_refunds_store(reconcile, err) &&
           reconcile_store(reconcile, ret_result, err) && pg_commit(reconcile->pg, err);
}

/* Evidence that is missing may come until the deadline; what is wrong stays wrong until somebody
 * mends it. */
static enum exit_code code_of_problem(const struct reconcile *reconcile)
{
    bool may_come = reconcile->problem.may_come &&
                    reconcile->now.us < job_deadline(reconcile->job, reconcile->day).us;

    return verdict_exit_code(VERDICT_INCOMPLETE, may_come);
}

/* A bill that is gone is E06 with both amounts, like every other change. */
static bool add_problem(struct reconcile *reconcile, const char *reason, struct err *err)
{
    const struct reconcile_problem *problem = &reconcile->problem;
    const struct finding finding = {
        .leg = problem->leg,
        .key = view_of(problem->key),
        .class = problem->class,
        .state = STATE_OPEN,
        .reason = view_of(reason),
    };

    finding_list_clear(&reconcile->findings);
    if (problem->class == CLASS_E06)
        return add_changes(reconcile, "", err);
    return finding_list_add(&reconcile->findings, &finding, err) &&
           add_changes(reconcile, problem->key, err);
}

static bool store_problem_finding(struct reconcile *reconcile, const char *reason, struct err *err)
{
    const struct finding_scope scope = {
        .mchid = reconcile->merchant->mchid,
        .bill_day = reconcile->day,
        .legs = 1U << LEG_EVIDENCE | 1U << LEG_BOOKS,
        .now = reconcile->now,
        .evidence_only = true,
    };

    return add_problem(reconcile, reason, err) &&
           recon_findings_store(reconcile->pg, &scope, &reconcile->findings, err);
}

static bool count_findings(struct reconcile *reconcile, struct reconcile_result *ret_result,
                           struct err *err)
{
    return recon_findings_count(reconcile->pg, reconcile->merchant->mchid, reconcile->day,
                                &ret_result->findings, err);
}

/* Nothing of the attempt stays but its verdict, in a transaction of its own. */
static bool store_problem(struct reconcile *reconcile, const struct err *problem,
                          struct reconcile_result *ret_result, struct err *err)
{
    enum exit_code code = code_of_problem(reconcile);
    struct instant next_try = {reconcile->now.us +
                               reconcile->job->settings.retry_minutes * INSTANT_MINUTE};
    struct reconcile_result result = {.verdict = VERDICT_INCOMPLETE, .code = code};
    const struct unit_failure failure = {result.reason, reconcile->now,
                                         code == EXIT_TRY_LATER ? &next_try : NULL};

    (void)snprintf(result.reason, sizeof(result.reason), "%s %s",
                   class_info(reconcile->problem.class)->code, problem->text);
    if (!pg_begin(reconcile->pg, PG_READ_WRITE, err) ||
        !store_problem_finding(reconcile, problem->text, err) ||
        !unit_mark_incomplete(reconcile->pg, reconcile->merchant->mchid, reconcile->day, &failure,
                              err) ||
        !count_findings(reconcile, &result, err) || !pg_commit(reconcile->pg, err)) {
        pg_rollback(reconcile->pg);
        return false;
    }
    *ret_result = result;
    return true;
}

static bool begin(struct reconcile *reconcile, struct err *err)
{
    return pg_run(reconcile->pg, &query_recon_entry_partition, PG_PARAMS(pg_date(reconcile->day)),
                  NULL, err) &&
           pg_begin(reconcile->pg, PG_READ_WRITE, err);
}

static void reconcile_init(struct reconcile *reconcile, struct job *job, struct pg *pg,
                           const struct reconcile_task *task)
{
    struct date day = task->day;

    *reconcile = (struct reconcile){
        .job = job,
        .pg = pg,
        .merchant = task->merchant,
        .day = day,
        .doubts = task->doubts,
        .now = clock_now(&job->clock),
        .span = {{beijing_start(day).us - MARGIN}, {beijing_start(date_add(day, 1)).us + MARGIN}},
        .payments = ledger_new(),
        .refunds = ledger_new(),
        .by_transaction = ledger_new(),
        .printed = ledger_new(),
        .dated_elsewhere = ledger_new(),
        .failed = ledger_new(),
        .closed = CLOSED_LIST_INIT,
        .findings = FINDING_LIST_INIT,
        .deposits = {.name = "deposits recorded for them"},
    };
    reconcile_neighbours_init(reconcile);
    fund_totals_init(&reconcile->fund_totals);
}

static void reconcile_release(struct reconcile *reconcile)
{
    match_free(reconcile->match);
    reconcile_refunds_release(&reconcile->own_refunds);
    reconcile_neighbours_release(reconcile);
    ledger_free(reconcile->payments);
    ledger_free(reconcile->refunds);
    ledger_free(reconcile->by_transaction);
    ledger_free(reconcile->printed);
    ledger_free(reconcile->dated_elsewhere);
    ledger_free(reconcile->failed);
    closed_list_release(&reconcile->closed);
    finding_list_release(&reconcile->findings);
    pg_close(reconcile->books);
    pg_close(reconcile->evidence);
}

bool reconcile_day(struct job *job, struct pg *pg, const struct reconcile_task *task,
                   struct reconcile_result *ret_result, struct err *err)
{
    CLEANUP(reconcile_release) struct reconcile reconcile;
    struct err problem = ERR_INIT;
    struct reconcile_result result = {.code = EXIT_CLEAN};

    reconcile_init(&reconcile, job, pg, task);
    if (!begin(&reconcile, err))
        return false;
    if (reconcile_all(&reconcile, &result, &problem)) {
        *ret_result = result;
        return true;
    }
    pg_rollback(pg);
    if (reconcile.problem.class != CLASS_NONE)
        return store_problem(&reconcile, &problem, ret_result, err);
    *err = problem;
    return err_wrap(err, "merchant %.*s: %s", VIEW_ARG(task->merchant->mchid),
                    date_text(task->day).s);
}
