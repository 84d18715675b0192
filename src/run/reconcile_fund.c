/* The fund-flow bill: totals that are held against the trade bill. */
#include "reconcile_state.h"

/* Does the row name a payment or refund of the books, or one that the trade bill printed? */
static bool is_ours(const struct reconcile *reconcile, const struct bill_fund_row *row)
{
    return ledger_find(reconcile->payments, row->voucher_no) != NULL ||
           ledger_find(reconcile->refunds, row->voucher_no) != NULL ||
           ledger_find(reconcile->printed, row->voucher_no) != NULL;
}

struct fund_call {
    struct reconcile *reconcile;
    bool ours; /* at least one row is */
};

static bool take_fund_row(struct fund_call *call, const struct bill_fund_row *row, struct err *err)
{
    call->ours = call->ours || is_ours(call->reconcile, row);
    return reconcile_closed_take_fund(call->reconcile, row, err) &&
           fund_totals_add(&call->reconcile->fund_totals, row, call->reconcile->day, err);
}

static bool take_fund_rows(void *context, const struct bill_rows_batch *batch, struct err *err)
{
    for (size_t i = 0; batch->fund != NULL && i < batch->count; i++) {
        if (!take_fund_row(context, &batch->fund[i], err))
            return false;
    }
    return true;
}

/* A fund-flow bill does not say whose it is. The books know rows of the trade bill, but not one of
 * these: it is another merchant's, however well the sums agree. */
static bool check_fund_owner(struct reconcile *reconcile, bool ours, struct err *err)
{
    struct match_totals totals = match_totals(reconcile->match);

    if (ours || reconcile->fund_totals.trade_rows == 0 ||
        totals.books_payments.count + totals.books_refunds.count == 0)
        return true;
    err_set(err, ERR_DATA, "no row of the fund-flow bill of %s has a number of the books",
            date_text(reconcile->day).s);
    return reconcile_problem(reconcile, CLASS_E07, LEG_EVIDENCE, EVIDENCE_FUND_BASIC,
                             /* may_come= */ false);
}

/* E02: WeChat Pay says that nothing moved, and its own trade bill says that something did. */
static bool check_no_fund(struct reconcile *reconcile, struct err *err)
{
    struct match_totals totals = match_totals(reconcile->match);

    if (totals.settled_payments.count == 0 && totals.movement.fen == 0)
        return true;
    err_set(err, ERR_LATER, "the fund-flow bill of %s is empty, the trade bill has %lld rows",
            date_text(reconcile->day).s, (long long)totals.rows);
    return reconcile_problem(reconcile, CLASS_E02, LEG_EVIDENCE, EVIDENCE_FUND_BASIC,
                             /* may_come= */ true);
}

static bool read_fund_bill(struct reconcile *reconcile, struct fund_call *call, struct err *err)
{
    CLEANUP(bill_rows_done)
    struct bill_rows *rows = bill_rows_open(reconcile->evidence, reconcile->merchant->mchid,
                                            reconcile->day, &reconcile->fund);
    struct reconcile_reading reading = {.kind = EVIDENCE_FUND_BASIC,
                                        .wanted = BILL_KIND_FUND,
                                        .rows = rows,
                                        .take = take_fund_rows,
                                        .context = call};

    if (reconcile_read_bill(reconcile, &reading, err))
        return true;
    if (!reading.stopped)
        return false;
    err_wrap(err, "fund-flow bill of %s", date_text(reconcile->day).s);
    return reconcile_problem(reconcile, CLASS_E04, LEG_EVIDENCE, EVIDENCE_FUND_BASIC,
                             /* may_come= */ false);
}

bool reconcile_fund(struct reconcile *reconcile, struct err *err)
{
    struct fund_call call = {.reconcile = reconcile};
    const struct fund_totals *totals = &reconcile->fund_totals;

    if (!reconcile->has_fund)
        return true;
    if (reconcile->fund.no_statement)
        return check_no_fund(reconcile, err);
    if (reconcile->evidence == NULL && !job_connect(reconcile->job, &reconcile->evidence, err))
        return false;
    if (!read_fund_bill(reconcile, &call, err))
        return false;
    if (totals->other_days == 0)
        return check_fund_owner(reconcile, call.ours, err) && reconcile_closed(reconcile, err);
    err_set(err, ERR_DATA, "%lld of %lld rows of the fund-flow bill of %s are of another day",
            (long long)totals->other_days, (long long)totals->rows, date_text(reconcile->day).s);
    return reconcile_problem(reconcile, CLASS_E07, LEG_EVIDENCE, EVIDENCE_FUND_BASIC,
                             /* may_come= */ false);
}
