/* What a day's bills say of our refunds and of the money for them: rows under numbers of ours, and
 * the account's closing balance. */
#include "queries.h"
#include "reconcile_state.h"

#include <stdlib.h>

enum { ROWS_FIRST = 64 };

void reconcile_refunds_release(struct reconcile_refunds *refunds)
{
    arena_release(&refunds->arena);
    free(refunds->at);
    *refunds = (struct reconcile_refunds){.at = NULL};
}

static struct view keep(struct reconcile_refunds *refunds, struct view text)
{
    return view_from(arena_copy(&refunds->arena, text.at, text.length), text.length);
}

void reconcile_refunds_take(struct reconcile_refunds *refunds, const struct bill_row *row)
{
    if (row->trade_state != BILL_TRADE_REFUND || !match_is_our_refund(row->out_refund_no))
        return;
    if (refunds->count == refunds->capacity) {
        refunds->capacity = refunds->capacity > 0 ? 2 * refunds->capacity : ROWS_FIRST;
        refunds->at = memory_resize(refunds->at, refunds->capacity, sizeof(*refunds->at));
    }
    refunds->at[refunds->count++] = (struct reconcile_refund_row){
        .line = row->line,
        .refund_no = keep(refunds, row->out_refund_no),
        .refund_id = keep(refunds, row->refund_id),
        .status = keep(refunds, row->refund_status_text),
        .amount = row->refund_requested,
    };
}

static bool copy_rows(struct reconcile *reconcile, struct pg_copy *copy, struct err *err)
{
    const struct reconcile_refunds *refunds = &reconcile->own_refunds;

    for (size_t i = 0; i < refunds->count; i++) {
        const struct reconcile_refund_row *row = &refunds->at[i];
        const struct pg_value values[] = {pg_text(reconcile->merchant->mchid),
                                          pg_date(reconcile->day),
                                          pg_int8(row->line),
                                          pg_text(row->refund_no),
                                          pg_text(row->refund_id),
                                          pg_int8(row->amount.fen),
                                          pg_text(row->status)};

        if (!pg_copy_in_row(copy, values, err))
            return false;
    }
    return true;
}

static bool store_rows(struct reconcile *reconcile, struct err *err)
{
    struct pg_copy *copy;
    int64_t rows;

    if (!pg_run(reconcile->pg, &query_recon_refund_row_clear,
                PG_PARAMS(pg_text(reconcile->merchant->mchid), pg_date(reconcile->day)), NULL, err))
        return false;
    if (reconcile->own_refunds.count == 0)
        return true;
    if (!pg_copy_in(reconcile->pg, &query_recon_refund_row_copy, &copy, err))
        return false;
    if (!copy_rows(reconcile, copy, err)) {
        pg_copy_in_abort(copy);
        return false;
    }
    return pg_copy_in_finish(copy, &rows, err);
}

static bool store_balance(struct reconcile *reconcile, struct err *err)
{
    struct view mchid = reconcile->merchant->mchid;
    struct fund_balance balance;

    if (!pg_run(reconcile->pg, &query_recon_balance_clear,
                PG_PARAMS(pg_text(mchid), pg_date(reconcile->day)), NULL, err))
        return false;
    if (!reconcile->has_fund || !fund_totals_balance(&reconcile->fund_totals, &balance))
        return true;
    return pg_run(reconcile->pg, &query_recon_balance_insert,
                  PG_PARAMS(pg_text(mchid), pg_date(reconcile->day),
                            pg_int8(reconcile->fund_totals.rows), pg_int8(balance.opening.fen),
                            pg_int8(balance.closing.fen)),
                  NULL, err);
}

bool reconcile_refunds_store(struct reconcile *reconcile, struct err *err)
{
    return store_rows(reconcile, err) && store_balance(reconcile, err);
}
