#include "bill/totals.h"

#include "base/buf.h"
#include "text/utf8.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

enum { DECIMALS_MONEY = 2, DECIMALS_FEE = 5 };

static void extend_period(struct bill_totals *totals, struct instant at)
{
    if (totals->rows == 0 || at.us < totals->first_at.us)
        totals->first_at = at;
    if (totals->rows == 0 || at.us > totals->last_at.us)
        totals->last_at = at;
}

bool bill_totals_add_trade(struct bill_totals *totals, const struct bill_row *row, struct err *err)
{
    bool refund = bill_layout_kind(totals->layout) == BILL_KIND_REFUND;

    extend_period(totals,
                  refund && row->has_refund_applied_at ? row->refund_applied_at : row->time);
    totals->rows++;
    if (!money_add(&totals->settlement, row->settlement) ||
        !money_add(&totals->coupon, row->coupon) || !money_add(&totals->refund, row->refund) ||
        !money_add(&totals->recharge_refund, row->recharge_refund) ||
        !fee_add(&totals->fee, row->fee) || !money_add(&totals->order, row->order) ||
        !money_add(&totals->refund_requested, row->refund_requested))
        return err_set(err, ERR_LIMIT, "a sum of the rows is too large");
    return true;
}

bool bill_totals_add_fund(struct bill_totals *totals, const struct bill_fund_row *row,
                          struct err *err)
{
    bool income = row->direction == BILL_INCOME;

    extend_period(totals, row->time);
    totals->rows++;
    if (income)
        totals->income_count++;
    else
        totals->expense_count++;
    if (!money_add(income ? &totals->income : &totals->expense, row->amount))
        return err_set(err, ERR_LIMIT, "a sum of the rows is too large");
    return true;
}

static int64_t computed(const struct bill_totals *totals, enum bill_sum sum)
{
    switch (sum) {
    case BILL_SUM_ROWS:
    case BILL_SUM_FUND_ROWS:
        return totals->rows;
    case BILL_SUM_SETTLEMENT:
        return totals->settlement.fen;
    case BILL_SUM_REFUND:
        return totals->refund.fen;
    case BILL_SUM_RECHARGE_REFUND:
        return totals->recharge_refund.fen;
    case BILL_SUM_FEE:
        return totals->fee.millifen;
    case BILL_SUM_ORDER:
        return totals->order.fen;
    case BILL_SUM_REFUND_REQUESTED:
        return totals->refund_requested.fen;
    case BILL_SUM_INCOME_COUNT:
        return totals->income_count;
    case BILL_SUM_INCOME:
        return totals->income.fen;
    case BILL_SUM_EXPENSE_COUNT:
        return totals->expense_count;
    case BILL_SUM_EXPENSE:
        return totals->expense.fen;
    }
    assert(false);
    return 0;
}

/* Counts are printed as "45" and as "45.0". */
static bool count_parse(struct view cell, int64_t *ret_count)
{
    struct money hundredths;

    if (!money_parse(cell, &hundredths) || hundredths.fen < 0 || hundredths.fen % 100 != 0)
        return false;
    *ret_count = hundredths.fen / 100;
    return true;
}

static bool value_parse(enum bill_unit unit, struct view cell, int64_t *ret_value)
{
    switch (unit) {
    case BILL_UNIT_COUNT:
        return count_parse(cell, ret_value);
    case BILL_UNIT_FEN: {
        struct money money;

        if (!money_parse(cell, &money))
            return false;
        *ret_value = money.fen;
        return true;
    }
    case BILL_UNIT_MILLIFEN: {
        struct fee fee;

        if (!fee_parse(cell, &fee))
            return false;
        *ret_value = fee.millifen;
        return true;
    }
    }
    assert(false);
    return false;
}

bool bill_totals_read(struct bill_totals *totals, const struct bill_foot *foot,
                      const struct view *cells, size_t count, struct err *err)
{
    if (count != foot->count)
        return err_set(err, ERR_DATA, "summary: found %zu fields, expected %zu", count,
                       foot->count);
    for (size_t i = 0; i < count; i++) {
        struct bill_total *total = &totals->stated[i];

        total->name = foot->columns[i].name;
        total->unit = foot->columns[i].unit;
        total->computed = computed(totals, foot->columns[i].sum);
        if (!value_parse(total->unit, cells[i], &total->stated))
            return err_set(err, ERR_DATA, "summary: %s is not %s: \"%s\"", total->name,
                           total->unit == BILL_UNIT_COUNT ? "a count" : "an amount",
                           utf8_excerpt(cells[i]).s);
    }
    totals->stated_count = count;
    return true;
}

bool bill_totals_last_is_whole(const struct bill_foot *foot, struct view cell)
{
    enum bill_unit unit = foot->columns[foot->count - 1].unit;
    size_t decimals = unit == BILL_UNIT_MILLIFEN ? DECIMALS_FEE : DECIMALS_MONEY;
    const char *point = cell.length == 0 ? NULL : memchr(cell.at, '.', cell.length);

    return unit != BILL_UNIT_COUNT && point != NULL &&
           (size_t)(cell.at + cell.length - point) == decimals + 1;
}

static void add_value(struct buf *out, enum bill_unit unit, int64_t value)
{
    switch (unit) {
    case BILL_UNIT_COUNT:
        buf_add_format(out, "%" PRId64, value);
        return;
    case BILL_UNIT_FEN:
        buf_add_text(out, money_text((struct money){value}).s);
        return;
    case BILL_UNIT_MILLIFEN:
        buf_add_text(out, fee_text((struct fee){value}).s);
        return;
    }
}

bool bill_totals_compare(const struct bill_totals *totals, struct err *err)
{
    CLEANUP(buf_release) struct buf differences = BUF_INIT(ERR_TEXT_MAX);

    for (size_t i = 0; i < totals->stated_count; i++) {
        const struct bill_total *total = &totals->stated[i];

        if (total->stated == total->computed)
            continue;
        buf_add_format(&differences, "%s%s stated ", differences.length > 0 ? "; " : "",
                       total->name);
        add_value(&differences, total->unit, total->stated);
        buf_add_text(&differences, ", computed ");
        add_value(&differences, total->unit, total->computed);
    }
    if (differences.length > 0)
        return err_set(err, ERR_DATA, "summary differs from the rows: %s", buf_text(&differences));
    return true;
}
