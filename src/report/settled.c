#include "report/settled.h"

#include "pg/pg.h"
#include "queries.h"
#include "settle/parts.h"

enum { KINDS = PART_OPERATOR + 1 };

/* A line of the table: a kind of part, their sum, or the trade bill. */
struct sums {
    int64_t payment_items, refund_items;
    struct money payments, refunds;
    struct fee fee;
};

struct settled {
    struct sums kinds[KINDS];
    struct sums total;
    struct sums bill;
    bool has_bill;
    bool holds;
};

static bool sums_add(struct sums *sums, const struct sums *more)
{
    sums->payment_items += more->payment_items;
    sums->refund_items += more->refund_items;
    return money_add(&sums->payments, more->payments) && money_add(&sums->refunds, more->refunds) &&
           fee_add(&sums->fee, more->fee);
}

/* part, key, payment_items, payment_fen, refund_items, refund_fen, fee_millifen */
static bool part_row(void *context, const struct pg_value *values, struct err *err)
{
    struct settled *settled = context;
    enum settle_part_kind kind;
    const struct sums sums = {
        .payment_items = values[2].int8,
        .payments = {values[3].int8},
        .refund_items = values[4].int8,
        .refunds = {values[5].int8},
        .fee = {values[6].int8},
    };

    if (!settle_part_by_name(values[0].text, &kind))
        return err_set(err, ERR_CONFIG, "part \"%.*s\" is of a newer version of this program",
                       VIEW_ARG(values[0].text));
    if (!sums_add(&settled->kinds[kind], &sums) || !sums_add(&settled->total, &sums))
        return err_set(err, ERR_DATA, "the parts add up to more than fits");
    return true;
}

/* name, holds, left_name, left_count, left_fen, right_name, right_count, right_fen */
static bool identity_row(void *context, const struct pg_value *values, struct err *err)
{
    struct settled *settled = context;
    struct sums *bill = &settled->bill;
    struct view name = values[0].text;
    struct money right = {values[7].int8};

    (void)err;
    if (view_equal_text(name, "stores")) {
        bill->payment_items = values[6].int8;
        bill->payments = right;
    } else if (view_equal_text(name, "stores refunds")) {
        bill->refund_items = values[6].int8;
        bill->refunds = right;
    } else if (view_equal_text(name, "stores fees")) {
        bill->fee = fee_of(right);
    } else {
        return true;
    }
    settled->holds = (settled->holds || !settled->has_bill) && values[1].boolean;
    settled->has_bill = true;
    return true;
}

struct table *report_settled_new(void)
{
    static const struct table_column columns[] = {
        {"mchid", "MERCHANT", TABLE_ID},
        {"bill_day", "DAY", TABLE_DATE},
        {"part", "PART", TABLE_TEXT},
        {"payments_fen", "PAYMENTS", TABLE_MONEY},
        {"refunds_fen", "REFUNDS", TABLE_MONEY},
        {"fees_fen", "FEES", TABLE_MONEY},
        {"identity", "IDENTITY", TABLE_TEXT},
    };

    return table_new(TABLE_COLUMNS(columns));
}

struct target {
    struct table *table;
    struct view mchid;
    struct date day;
};

static void add_line(const struct target *target, const char *name, const struct sums *sums,
                     struct money fees, const char *identity)
{
    table_add(target->table,
              TABLE_CELLS(table_id(target->mchid), table_date(target->day),
                          table_text(view_of(name)), table_money(sums->payments),
                          table_money(sums->refunds), table_money(fees),
                          identity != NULL ? table_text(view_of(identity)) : table_none()));
}

static void add_lines(const struct target *target, const struct settled *settled)
{
    static const char *const names[] = {
        [PART_STORE] = "stores",
        [PART_UNATTRIBUTED] = "unattributed",
        [PART_HELD] = "held in findings",
        [PART_OPERATOR] = "operator",
    };
    struct money rest = fee_round(settled->total.fee);

    for (size_t kind = 0; kind < KINDS; kind++) {
        struct money fees = fee_round(settled->kinds[kind].fee);

        if (kind == PART_OPERATOR)
            fees = rest;
        else
            rest.fen -= fees.fen;
        add_line(target, names[kind], &settled->kinds[kind], fees, NULL);
    }
    add_line(target, "= sum", &settled->total, fee_round(settled->total.fee), NULL);
    add_line(target, "= trade bill", &settled->bill, fee_round(settled->bill.fee),
             settled->holds ? "holds" : "FAILS");
}

bool report_settled_add(struct pg *pg, struct view mchid, struct date day, struct table *table,
                        struct err *err)
{
    const struct target target = {table, mchid, day};
    struct settled settled = {.has_bill = false};

    if (!pg_each(pg, &query_report_parts, PG_PARAMS(pg_text(mchid), pg_date(day)), part_row,
                 &settled, err) ||
        !pg_each(pg, &query_report_identities, PG_PARAMS(pg_text(mchid), pg_date(day)),
                 identity_row, &settled, err))
        return err_wrap(err, "day %s", date_text(day).s);

    if (settled.has_bill)
        add_lines(&target, &settled);
    return true;
}
