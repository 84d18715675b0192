/* What is left after the rows: records without a row, deposits, the fund flow, and the verdict. */
#include "queries.h"
#include "reconcile_state.h"

#include <assert.h>
#include <stdio.h>

enum { KEY_MAX = 300, IDENTITIES_MAX = 8 };

/* A number into a ledger that serves as a set. */
static bool add_number(void *context, const struct pg_value *values, struct err *err)
{
    const struct books_row row = {.number = values[0].text};

    return ledger_add(context, &row, err);
}

static bool find_elsewhere(struct reconcile *reconcile, enum finding_leg leg,
                           const struct view *keys, size_t count, struct ledger *ret_set,
                           struct err *err)
{
    if (count == 0)
        return true;
    return pg_each(reconcile->pg, &query_recon_finding_crossday,
                   PG_PARAMS(pg_text(reconcile->merchant->mchid), pg_date(reconcile->day),
                             pg_text(view_of(finding_leg_name(leg))), pg_texts(keys, count)),
                   add_number, ret_set, err);
}

/* E02: nothing in the bill, money in the books or on the account. `records`: those that no
 * neighbouring day's bill has. Of refunds that were closed the trade bill has no row. */
static bool check_empty_bill(struct reconcile *reconcile, size_t records, struct err *err)
{
    long long moved =
        (long long)(reconcile->fund_totals.trade_rows - reconcile->closed_totals.rows);

    if (match_totals(reconcile->match).rows > 0 || (records == 0 && moved == 0))
        return true;
    err_set(err, ERR_LATER,
            "the trade bill of %s is empty, the books have %zu payments and refunds, the fund-flow "
            "bill has %lld rows of trade",
            date_text(reconcile->day).s, records, moved);
    return reconcile_problem(reconcile, CLASS_E02, LEG_EVIDENCE, EVIDENCE_TRADE_ALL,
                             /* may_come= */ true);
}

static bool class_books_only(struct reconcile *reconcile, struct err *err)
{
    CLEANUP(ledger_done) struct ledger *payments = ledger_new();
    CLEANUP(ledger_done) struct ledger *refunds = ledger_new();
    CLEANUP(ledger_done) struct ledger *by_transaction = ledger_new();
    const struct match_elsewhere elsewhere = {payments, refunds, by_transaction};
    struct books_payment_numbers wanted = {.out_trade_nos = {NULL, 0}};
    struct match_keys keys;

    if (!match_left_keys(reconcile->match, &keys, err) ||
        !find_elsewhere(reconcile, LEG_TRADE, keys.out_trade_nos, keys.out_trade_no_count, payments,
                        err) ||
        !find_elsewhere(reconcile, LEG_REFUND, keys.out_refund_nos, keys.out_refund_no_count,
                        refunds, err) ||
        !check_empty_bill(reconcile,
                          keys.out_trade_no_count + keys.out_refund_no_count -
                              ledger_count(payments) - ledger_count(refunds),
                          err))
        return false;

    wanted.transaction_ids =
        (struct books_numbers){keys.transaction_ids, keys.transaction_id_count};
    return books_find_payments(reconcile->books, reconcile->merchant->mchid, &wanted, NULL,
                               by_transaction, err) &&
           match_books_only(reconcile->match, &elsewhere, err);
}

static bool add_deposit_difference(void *context, struct view out_trade_no, struct money items,
                                   struct money deposits, struct err *err)
{
    struct reconcile *reconcile = context;
    CLEANUP(buf_release) struct buf key = BUF_INIT(KEY_MAX);
    struct finding finding = {
        .leg = LEG_BOOKS,
        .class = CLASS_T12,
        .state = STATE_OPEN,
        .channel = {true, items},
        .books = {true, deposits},
        .reason = VIEW("deposit items of the payment and deposits recorded for it differ"),
    };

    buf_add_format(&key, "deposit/%.*s", VIEW_ARG(out_trade_no));
    if (key.overflowed)
        return err_set(err, ERR_DATA, "books: number \"%.*s\" is too long", VIEW_ARG(out_trade_no));
    finding.key = buf_view(&key);
    return finding_list_add(&reconcile->findings, &finding, err);
}

static bool deposits_fit(const struct reconcile *reconcile)
{
    struct identity_side items = match_totals(reconcile->match).books_deposit_items;

    return reconcile->deposits.count == items.count &&
           reconcile->deposits.money.fen == items.money.fen;
}

/* Every deposit item that was paid has a deposit of its amount. A difference is counted once more,
 * by a join: numbers in an order of the server's own may lie outside of their ranges. */
static bool check_deposits(struct reconcile *reconcile, struct err *err)
{
    struct view mchid = reconcile->merchant->mchid;
    struct books_span day = reconcile_day_span(reconcile);
    struct books_deposits deposits;

    if (deposits_fit(reconcile))
        return true;
    if (!books_count_deposits(reconcile->books, mchid, day, &deposits, err))
        return false;
    reconcile->deposits.count = deposits.count;
    reconcile->deposits.money = deposits.sum;
    return deposits_fit(reconcile) ||
           books_each_deposit_difference(reconcile->books, mchid, day, add_deposit_difference,
                                         reconcile, err);
}

static struct identity_side side(const char *name, int64_t count, struct money money)
{
    return (struct identity_side){name, count, money};
}

/* The closed list behind BALANCED (DOMAIN §3.2); settling adds 'stores'. */
static size_t identities_of(const struct reconcile *reconcile, struct identity *identities)
{
    const struct match_totals totals = match_totals(reconcile->match);
    const struct fund_totals *fund = &reconcile->fund_totals;
    size_t count = 0;

    identities[count++] = (struct identity){"trade rows", reconcile->bill_footer, totals.bill_rows};
    identities[count++] =
        (struct identity){"payments", totals.bill_payments, totals.books_payments};
    identities[count++] = (struct identity){"refunds", totals.bill_refunds, totals.books_refunds};
    identities[count++] = (struct identity){"items", totals.books_amounts, totals.books_items};
    identities[count++] =
        (struct identity){"deposits", totals.books_deposit_items, reconcile->deposits};
    if (reconcile->has_fund) {
        identities[count++] =
            (struct identity){"fund payments", totals.settled_payments, fund->payments};
        identities[count++] = (struct identity){
            "fund movement", side("settled less refunds and fees", 0, reconcile->movement),
            side("account moved by trade", 0, fund->movement)};
    }
    assert(count <= IDENTITIES_MAX);
    return count;
}

/* What a closed refund brought that nobody knows has a finding of its own, so it is no difference
 * here. */
static bool check_fund(struct reconcile *reconcile, struct err *err)
{
    const struct match_totals totals = match_totals(reconcile->match);
    struct fund_expected expected = {totals.settled_payments, totals.uncertain, totals.movement,
                                     totals.uncertain_movement};

    reconcile->movement = totals.movement;
    if (!money_subtract(&reconcile->movement, reconcile->failed_paid) ||
        !money_add(&reconcile->movement, reconcile->closed_totals.taken))
        return err_set(err, ERR_DATA, "fund flow: sums are beyond any sense");
    expected.movement = reconcile->movement;
    if (!money_add(&expected.movement, reconcile->closed_totals.unknown))
        return err_set(err, ERR_DATA, "fund flow: sums are beyond any sense");
    return fund_findings(&reconcile->fund_totals, &expected, reconcile->day, &reconcile->findings,
                         err) &&
           closed_findings(&reconcile->closed, view_of(reconcile->fund.received_sha256),
                           &reconcile->findings, err);
}

bool reconcile_rest(struct reconcile *reconcile, struct err *err)
{
    return class_books_only(reconcile, err) && check_deposits(reconcile, err) &&
           (!reconcile->has_fund || check_fund(reconcile, err));
}

static struct pg_value version_value(bool known, const struct evidence_file *file)
{
    return known ? pg_int4(file->version) : pg_null(PG_INT4);
}

/* The mark; the verdict follows from what is stored by then. */
static bool store_day(struct reconcile *reconcile, struct err *err)
{
    const struct match_totals totals = match_totals(reconcile->match);

    return pg_run(reconcile->pg, &query_recon_day_store,
                  PG_PARAMS(pg_text(reconcile->merchant->mchid), pg_date(reconcile->day),
                            version_value(true, &reconcile->trade),
                            version_value(reconcile->has_fund, &reconcile->fund),
                            pg_int8(totals.rows), pg_int8(totals.matched),
                            pg_int8(reconcile->bill_fee.millifen), pg_instant(reconcile->now)),
                  NULL, err);
}

static bool store_findings(struct reconcile *reconcile, struct finding_aged *ret_aged,
                           struct err *err)
{
    const struct finding_scope scope = {
        .mchid = reconcile->merchant->mchid,
        .bill_day = reconcile->day,
        .legs = 1U << LEG_TRADE | 1U << LEG_REFUND | 1U << LEG_FUND | 1U << LEG_EVIDENCE |
                1U << LEG_BOOKS,
        .now = reconcile->now,
    };

    return recon_findings_store(reconcile->pg, &scope, &reconcile->findings, err) &&
           recon_findings_age(reconcile->pg, scope.mchid, scope.bill_day, scope.now, ret_aged, err);
}

/* What finance must know of other days: their findings that are open now, and days that are not
 * green any more. */
static void say_aged(const struct finding_aged *aged, struct reconcile_result *result)
{
    char *at = result->reason;
    size_t size = sizeof(result->reason);

    result->opened = aged->opened;
    if (aged->opened > 0) {
        int length = snprintf(at, size, "%lld pending of earlier days now open, the oldest of %s%s",
                              (long long)aged->opened, date_text(aged->earliest).s,
                              aged->due_again > 0 ? "; " : "");

        result->code = exit_code_worse(result->code, EXIT_FINDINGS);
        at += length;
        size -= (size_t)length;
    }
    if (aged->due_again > 0) {
        (void)snprintf(at, size, "other days that rested on this bill and are due again: %lld",
                       (long long)aged->due_again);
        result->code = exit_code_worse(result->code, EXIT_TRY_LATER);
    }
}

bool reconcile_store(struct reconcile *reconcile, struct reconcile_result *ret_result,
                     struct err *err)
{
    struct view mchid = reconcile->merchant->mchid;
    struct identity identities[IDENTITIES_MAX];
    const struct match_totals totals = match_totals(reconcile->match);
    struct reconcile_result result = {.rows = totals.rows, .matched = totals.matched};
    struct finding_aged aged;
    size_t count;

    count = identities_of(reconcile, identities);
    if (!pg_run(reconcile->pg, &query_recon_identity_clear,
                PG_PARAMS(pg_text(mchid), pg_date(reconcile->day)), NULL, err) ||
        !recon_identities_store(reconcile->pg, mchid, reconcile->day, identities, count, err) ||
        !store_day(reconcile, err) || !store_findings(reconcile, &aged, err) ||
        !recon_verdict_refresh(reconcile->pg, mchid, reconcile->day, reconcile->now,
                               &result.verdict, err) ||
        !recon_findings_count(reconcile->pg, mchid, reconcile->day, &result.findings, err))
        return false;

    result.code = verdict_exit_code(result.verdict, /* may_still_come= */ false);
    say_aged(&aged, &result);
    if (result.verdict == VERDICT_INCOMPLETE)
        (void)snprintf(result.reason, sizeof(result.reason), "%s", VERDICT_CONTRADICTION);
    *ret_result = result;
    return true;
}
