#include "recon/fund.h"

#include <stdio.h>
#include <string.h>

/* Types of FACTS §4.1 that come from the trade bill's rows. */
static const char *const trade_types[] = {"交易", "扣除交易手续费", "退款", "退还交易手续费",
                                          "退款关闭"};

/* Types that move money for other reasons. */
static const char *const other_types[] = {"充值",     "提现", "充值/提现",
                                          "企业付款", "分账", "代金券/立减/折扣"};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool is_among(struct view type, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (view_equal_text(type, names[i]))
            return true;
    }
    return false;
}

void fund_totals_init(struct fund_totals *totals)
{
    *totals = (struct fund_totals){.payments = {.name = "payments in the fund-flow bill"}};
}

static bool add_signed(struct money *sum, const struct bill_fund_row *row, struct err *err)
{
    bool fits = row->direction == BILL_INCOME ? money_add(sum, row->amount)
                                              : money_subtract(sum, row->amount);

    if (!fits)
        return err_set(err, ERR_DATA, "line %lld: sums are beyond any sense", (long long)row->line);
    return true;
}

static bool add_unknown(struct fund_totals *totals, const struct bill_fund_row *row,
                        struct err *err)
{
    struct fund_type *type = NULL;

    for (size_t i = 0; i < totals->unknown_count && type == NULL; i++) {
        if (view_equal_text(row->type, totals->unknown[i].name))
            type = &totals->unknown[i];
    }
    if (type == NULL) {
        if (row->type.length > FUND_TYPE_LENGTH_MAX)
            return err_set(err, ERR_LIMIT, "line %lld: type \"%.*s\" has more than %d bytes",
                           (long long)row->line, VIEW_ARG(row->type), FUND_TYPE_LENGTH_MAX);
        if (totals->unknown_count == FUND_TYPES_MAX)
            return err_set(err, ERR_LIMIT, "line %lld: too many types that nobody has classified",
                           (long long)row->line);
        type = &totals->unknown[totals->unknown_count++];
        memcpy(type->name, row->type.at, row->type.length);
    }
    type->rows++;
    return add_signed(&type->net, row, err);
}

/* The balance before a row is the one after it, less its movement. */
static bool follow_balance(struct fund_totals *totals, const struct bill_fund_row *row,
                           struct err *err)
{
    struct money before = row->balance;
    bool fits = row->direction == BILL_INCOME ? money_subtract(&before, row->amount)
                                              : money_add(&before, row->amount);

    if (!fits)
        return err_set(err, ERR_DATA, "line %lld: sums are beyond any sense", (long long)row->line);
    if (totals->rows == 0) {
        totals->first_before = before;
        totals->first_after = row->balance;
    } else {
        totals->broken |= before.fen != totals->last_after.fen;
        totals->broken_turned |= row->balance.fen != totals->last_before.fen;
    }
    totals->last_before = before;
    totals->last_after = row->balance;
    return true;
}

bool fund_totals_balance(const struct fund_totals *totals, struct fund_balance *ret_balance)
{
    if (totals->rows == 0 || (totals->broken && totals->broken_turned))
        return false;
    *ret_balance = totals->broken ? (struct fund_balance){totals->last_before, totals->first_after}
                                  : (struct fund_balance){totals->first_before, totals->last_after};
    return true;
}

bool fund_totals_add(struct fund_totals *totals, const struct bill_fund_row *row,
                     struct date bill_day, struct err *err)
{
    if (!follow_balance(totals, row, err))
        return false;
    totals->rows++;
    if (beijing_day(row->time).days != bill_day.days)
        totals->other_days++;
    if (is_among(row->type, other_types, COUNT_OF(other_types)))
        return true;
    if (!is_among(row->type, trade_types, COUNT_OF(trade_types)))
        return add_unknown(totals, row, err);
    totals->trade_rows++;
    if (view_equal_text(row->type, trade_types[0]) && row->direction == BILL_INCOME) {
        totals->payments.count++;
        if (!add_signed(&totals->payments.money, row, err))
            return false;
    }
    return add_signed(&totals->movement, row, err);
}

/* May be timing until the next day's bill. */
static bool add_difference(struct finding_list *list, const char *key, struct money channel,
                           struct money trade, struct date bill_day, struct err *err)
{
    struct finding finding = {
        .leg = LEG_FUND,
        .key = view_of(key),
        .class = channel.fen > trade.fen ? CLASS_C01 : CLASS_C02,
        .state = STATE_PENDING,
        .channel = {true, channel},
        .books = {true, trade},
        .has_break_on = true,
        .break_on = date_add(bill_day, 1),
        .reason = VIEW("the fund-flow bill and the trade bill disagree"),
    };

    return finding_list_add(list, &finding, err);
}

static bool add_types(const struct fund_totals *fund, struct finding_list *list, struct err *err)
{
    for (size_t i = 0; i < fund->unknown_count; i++) {
        char key[sizeof("type/") + FUND_TYPE_LENGTH_MAX];
        struct finding finding = {
            .leg = LEG_FUND,
            .class = CLASS_C05,
            .state = STATE_OPEN,
            .channel = {true, fund->unknown[i].net},
            .reason = VIEW("a fund-flow type that nobody has classified"),
        };

        /* A type may be called as it likes; the differences have keys without a prefix. */
        (void)snprintf(key, sizeof(key), "type/%s", fund->unknown[i].name);
        finding.key = view_of(key);
        if (!finding_list_add(list, &finding, err))
            return false;
    }
    return true;
}

static bool sides_agree(const struct identity_side *fund, const struct identity_side *payments)
{
    return fund->count == payments->count && fund->money.fen == payments->money.fen;
}

/* Rows of other states are findings of their own; whether they moved money may be either. */
static bool payments_agree(const struct fund_totals *fund, const struct fund_expected *expected)
{
    struct identity_side both = expected->payments;

    both.count += expected->uncertain.count;
    return sides_agree(&fund->payments, &expected->payments) ||
           (money_add(&both.money, expected->uncertain.money) &&
            sides_agree(&fund->payments, &both));
}

static bool movements_agree(const struct fund_totals *fund, const struct fund_expected *expected)
{
    struct money both = expected->movement;

    return fund->movement.fen == expected->movement.fen ||
           (money_add(&both, expected->uncertain_movement) && fund->movement.fen == both.fen);
}

bool fund_findings(const struct fund_totals *fund, const struct fund_expected *expected,
                   struct date bill_day, struct finding_list *list, struct err *err)
{
    /* One cause, one finding: without the payments the movement cannot agree. */
    if (!payments_agree(fund, expected)) {
        if (!add_difference(list, "payments", fund->payments.money, expected->payments.money,
                            bill_day, err))
            return false;
    } else if (!movements_agree(fund, expected)) {
        if (!add_difference(list, "movement", fund->movement, expected->movement, bill_day, err))
            return false;
    }
    return add_types(fund, list, err);
}
