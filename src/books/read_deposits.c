/* Deposits against deposit items. */
#include "queries.h"
#include "read_state.h"

#include <assert.h>

/* A span holds about as many deposits as payments at most; more rows are of other days. */
enum { ROWS_LEAST = 10 * 1000 };

struct counting {
    struct books_span span;
    struct ledger *payments;
    struct books_deposits deposits;
};

static bool is_paid_in(const struct books_record *record, struct books_span span)
{
    return record->status == BOOKS_PAID && record->has_time && record->time.us >= span.from.us &&
           record->time.us < span.to.us;
}

/* number, item_no, amount */
static bool count_deposit(void *context, const struct pg_value *values, struct err *err)
{
    struct counting *counting = context;
    struct money amount = {values[2].int8};
    struct ledger_place *place = ledger_find(counting->payments, read_text(&values[0]));
    struct books_record record;

    if (place == NULL)
        return true;
    ledger_get(counting->payments, place, &record);
    if (!is_paid_in(&record, counting->span))
        return true;
    counting->deposits.count++;
    if (!values[1].null && ledger_mark_deposit(counting->payments, place, values[1].int8, amount) &&
        !money_add(&counting->deposits.sum, amount))
        return err_set(err, ERR_DATA, "sums are beyond any sense");
    return true;
}

bool books_count_deposits_of(struct pg *pg, struct view mchid, struct books_span span,
                             const struct books_day *day, struct books_deposits *ret_deposits,
                             struct err *err)
{
    struct counting counting = {.span = span, .payments = day->payments};
    const struct read_ranges read = {
        .query = &query_books_deposits_range,
        .ranges = &day->ranges,
        .rows_max = (int64_t)ledger_count(day->payments) + ROWS_LEAST,
        .function = count_deposit,
        .context = &counting,
    };
    bool whole;

    if (!read_in_ranges(pg, mchid, &read, &whole, err))
        return err_wrap(err, "books of merchant %.*s: deposits", VIEW_ARG(mchid));
    if (!whole)
        return books_count_deposits(pg, mchid, span, ret_deposits, err);
    *ret_deposits = counting.deposits;
    return true;
}

bool books_count_deposits(struct pg *pg, struct view mchid, struct books_span span,
                          struct books_deposits *ret_deposits, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[2];
    bool found;

    if (!pg_one(pg, &query_books_deposits_day,
                PG_PARAMS(pg_text(mchid), pg_instant(span.from), pg_instant(span.to)), &arena,
                &found, values, err))
        return err_wrap(err, "books of merchant %.*s: deposits", VIEW_ARG(mchid));

    assert(found);
    *ret_deposits = (struct books_deposits){values[0].int8, {values[1].int8}};
    return true;
}

struct deposit_call {
    books_deposit_function *function;
    void *context;
};

static bool deposit_row(void *context, const struct pg_value *values, struct err *err)
{
    struct deposit_call *call = context;

    return call->function(call->context, values[0].text, (struct money){values[1].int8},
                          (struct money){values[2].int8}, err);
}

bool books_each_deposit_difference(struct pg *pg, struct view mchid, struct books_span span,
                                   books_deposit_function *function, void *context, struct err *err)
{
    struct deposit_call call = {function, context};

    return pg_each(pg, &query_books_deposits_differing,
                   PG_PARAMS(pg_text(mchid), pg_instant(span.from), pg_instant(span.to)),
                   deposit_row, &call, err) ||
           err_wrap(err, "books of merchant %.*s: deposits", VIEW_ARG(mchid));
}
