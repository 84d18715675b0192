#include "books/contract.h"

#include "queries.h"

#include <assert.h>
#include <string.h>

/* The columns that we read (DOMAIN §4), and the types that they may have. */
static const struct contract_column {
    const char *view, *column, *types; /* types: names of PostgreSQL, each between bars */
} columns[] = {
    {"contract_meta", "mchid", "|text|"},
    {"contract_meta", "contract_version", "|integer|bigint|smallint|"},
    {"contract_meta", "watermark_at", "|timestamp with time zone|"},
    {"payment", "mchid", "|text|"},
    {"payment", "out_trade_no", "|text|"},
    {"payment", "appid", "|text|"},
    {"payment", "transaction_id", "|text|"},
    {"payment", "amount_fen", "|bigint|"},
    {"payment", "status", "|text|"},
    {"payment", "paid_at", "|timestamp with time zone|"},
    {"payment_item", "mchid", "|text|"},
    {"payment_item", "out_trade_no", "|text|"},
    {"payment_item", "item_no", "|integer|bigint|smallint|"},
    {"payment_item", "kind", "|text|"},
    {"payment_item", "rental_no", "|text|"},
    {"payment_item", "store_id", "|text|"},
    {"payment_item", "amount_fen", "|bigint|"},
    {"deposit", "mchid", "|text|"},
    {"deposit", "deposit_id", "|text|"},
    {"deposit", "out_trade_no", "|text|"},
    {"deposit", "item_no", "|integer|bigint|smallint|"},
    {"deposit", "amount_fen", "|bigint|"},
    {"deposit", "waived", "|boolean|"},
    {"deposit", "status", "|text|"},
    {"deposit_deduction", "mchid", "|text|"},
    {"deposit_deduction", "deposit_id", "|text|"},
    {"deposit_deduction", "amount_fen", "|bigint|"},
    {"refund", "mchid", "|text|"},
    {"refund", "out_refund_no", "|text|"},
    {"refund", "out_trade_no", "|text|"},
    {"refund", "item_no", "|integer|bigint|smallint|"},
    {"refund", "kind", "|text|"},
    {"refund", "amount_fen", "|bigint|"},
    {"refund", "status", "|text|"},
    {"refund", "created_at", "|timestamp with time zone|"},
    {"store", "mchid", "|text|"},
    {"store", "store_id", "|text|"},
    {"store", "name", "|text|"},
    {"store", "opened_on", "|date|"},
    {"store", "closed_on", "|date|"},
    {"store_terms", "mchid", "|text|"},
    {"store_terms", "store_id", "|text|"},
    {"store_terms", "kind", "|text|"},
    {"store_terms", "valid_from", "|date|"},
    {"store_terms", "valid_to", "|date|"},
    {"store_terms", "share_ppm", "|integer|bigint|"},
    {"store_terms", "fixed_fen", "|bigint|"},
    {"store_terms", "fee_bearer", "|text|"},
};

enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };

enum column_state { COLUMN_MISSING, COLUMN_UNREADABLE, COLUMN_THERE };

struct contract_scan {
    enum column_state states[COLUMNS];
    struct buf *problem;
};

static void add_problem(struct buf *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_problem(struct buf *problem, const char *format, ...)
{
    va_list list;

    if (problem->length > 0)
        buf_add_text(problem, "; ");
    va_start(list, format);
    buf_add_format_list(problem, format, list);
    va_end(list);
}

/* Is `name` one of `types`? */
static bool type_fits(const char *types, struct view name)
{
    struct view rest = view_of(types);
    struct view type;

    while (view_take(&rest, '|', &type)) {
        if (type.length > 0 && view_equal(type, name))
            return true;
    }
    return false;
}

static bool scan_column(void *context, const struct pg_value *values, struct err *err)
{
    struct contract_scan *scan = context;

    (void)err;
    for (size_t i = 0; i < COLUMNS; i++) {
        if (!view_equal_text(values[0].text, columns[i].view) ||
            !view_equal_text(values[1].text, columns[i].column))
            continue;
        scan->states[i] = values[3].boolean ? COLUMN_THERE : COLUMN_UNREADABLE;
        if (!type_fits(columns[i].types, values[2].text))
            add_problem(scan->problem, "rental.%s.%s has type %.*s", columns[i].view,
                        columns[i].column, VIEW_ARG(values[2].text));
    }
    return true;
}

/* A view all of whose columns are in a state is one problem, not one a column. */
static void report_state(const struct contract_scan *scan, enum column_state state,
                         const char *what)
{
    size_t at = 0;

    while (at < COLUMNS) {
        size_t end = at, count = 0;

        while (end < COLUMNS && strcmp(columns[end].view, columns[at].view) == 0)
            count += scan->states[end++] == state ? 1 : 0;
        if (count == end - at)
            add_problem(scan->problem, "rental.%s %s", columns[at].view, what);
        for (size_t i = at; i < end && count < end - at; i++) {
            if (scan->states[i] == state)
                add_problem(scan->problem, "rental.%s.%s %s", columns[i].view, columns[i].column,
                            what);
        }
        at = end;
    }
}

static bool check_meta(struct pg *pg, struct view mchid, const struct instant *complete_to,
                       struct buf *problem, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[3];
    bool found;

    if (!pg_one(pg, &query_books_contract_meta, PG_PARAMS(pg_text(mchid)), &arena, &found, values,
                err))
        return false;

    assert(found);
    if (values[0].int8 == 0)
        add_problem(problem, "rental.contract_meta has no row for merchant %.*s", VIEW_ARG(mchid));
    else if (values[0].int8 > 1)
        add_problem(problem, "rental.contract_meta has %lld rows for merchant %.*s",
                    (long long)values[0].int8, VIEW_ARG(mchid));
    else if (values[1].null)
        add_problem(problem, "rental.contract_meta says no version");
    else if (values[1].int8 != CONTRACT_VERSION)
        add_problem(problem, "rental.contract_meta says version %lld, not %d",
                    (long long)values[1].int8, CONTRACT_VERSION);
    else if (complete_to != NULL && (values[2].null || values[2].instant.us < complete_to->us))
        add_problem(problem, "books are complete up to %s only, %s is needed",
                    values[2].null ? "nothing" : instant_text(values[2].instant).s,
                    instant_text(*complete_to).s);
    return true;
}

bool books_contract_check(struct pg *pg, struct view mchid, const struct instant *complete_to,
                          struct buf *problem, struct err *err)
{
    struct contract_scan scan = {.problem = problem};

    if (!pg_each(pg, &query_books_contract_columns, PG_NO_PARAMS, scan_column, &scan, err))
        return false;

    report_state(&scan, COLUMN_MISSING, "is missing");
    report_state(&scan, COLUMN_UNREADABLE, "may not be read (sql/roles.sql grants it)");
    return problem->length > 0 || check_meta(pg, mchid, complete_to, problem, err);
}
