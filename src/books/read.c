#include "books/read.h"

#include "queries.h"

#include <assert.h>

/* A million payments hash into 140 MB; what does not fit goes to the server's disk, at twice the
 * time. */
#define WORK_MEM "256MB"

/* Numbers of one look-up. */
enum { BATCH = 5000 };

/* Where the rows of a query go. */
struct filling {
    struct ledger *by_number; /* may be NULL */
    struct ledger *by_second; /* may be NULL: number and second text change places */
};

static struct view text_of(const struct pg_value *value)
{
    return value->null ? (struct view){NULL, 0} : value->text;
}

/* number, second, appid, amount, status, time, item_no, kind, store_id, rental_no, item amount */
static bool fill_row(void *context, const struct pg_value *values, struct err *err)
{
    struct filling *filling = context;
    struct books_row row = {
        .number = values[0].text,
        .second = text_of(&values[1]),
        .appid = text_of(&values[2]),
        .amount = {values[3].int8},
        .status = books_status_by_name(values[4].text),
        .has_time = !values[5].null,
        .time = values[5].instant,
        .has_item = !values[6].null,
    };

    if (row.has_item)
        row.item = (struct books_item){
            .item_no = values[6].int8,
            .kind = books_kind_by_name(text_of(&values[7])),
            .store_id = text_of(&values[8]),
            .rental_no = text_of(&values[9]),
            .amount = {values[10].null ? 0 : values[10].int8},
        };
    if (filling->by_number != NULL && !ledger_add(filling->by_number, &row, err))
        return false;
    if (filling->by_second == NULL || row.second.length == 0)
        return true;
    row.second = row.number;
    row.number = text_of(&values[1]);
    row.has_item = false;
    return ledger_add(filling->by_second, &row, err);
}

static bool copy_span(struct pg *pg, const struct pg_query *query, struct view mchid,
                      struct books_span span, struct ledger *ledger, struct err *err)
{
    struct filling filling = {.by_number = ledger};

    return pg_copy_out(pg, query,
                       PG_PARAMS(pg_text(mchid), pg_instant(span.from), pg_instant(span.to)),
                       fill_row, &filling, err);
}

bool books_begin(struct pg *pg, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[1];
    bool found;

    return pg_begin(pg, PG_SNAPSHOT, err) &&
           pg_one(pg, &query_books_session, PG_PARAMS(pg_text(VIEW(WORK_MEM))), &arena, &found,
                  values, err);
}

bool books_read_payments(struct pg *pg, struct view mchid, struct books_span span,
                         struct ledger *payments, struct err *err)
{
    return copy_span(pg, &query_books_payments_day, mchid, span, payments, err) ||
           err_wrap(err, "books of merchant %.*s: payments", VIEW_ARG(mchid));
}

bool books_read_refunds(struct pg *pg, struct view mchid, struct books_span span,
                        struct ledger *refunds, struct err *err)
{
    return copy_span(pg, &query_books_refunds_day, mchid, span, refunds, err) ||
           err_wrap(err, "books of merchant %.*s: refunds", VIEW_ARG(mchid));
}

/* The n-th batch of the numbers. */
static struct pg_value batch_of(struct books_numbers numbers, size_t at)
{
    size_t left = numbers.count > at ? numbers.count - at : 0;

    return pg_texts(left > 0 ? numbers.at + at : NULL, left < BATCH ? left : BATCH);
}

bool books_find_payments(struct pg *pg, struct view mchid,
                         const struct books_payment_numbers *numbers, struct ledger *payments,
                         struct ledger *by_transaction, struct err *err)
{
    const struct books_numbers *trade = &numbers->out_trade_nos;
    const struct books_numbers *transaction = &numbers->transaction_ids;
    struct filling filling = {.by_number = payments, .by_second = by_transaction};
    size_t count = trade->count > transaction->count ? trade->count : transaction->count;

    for (size_t at = 0; at < count; at += BATCH) {
        if (payments != NULL)
            ledger_mark_looked_up(payments);
        if (!pg_each(pg, &query_books_payments_find,
                     PG_PARAMS(pg_text(mchid), batch_of(*trade, at), batch_of(*transaction, at)),
                     fill_row, &filling, err))
            return err_wrap(err, "books of merchant %.*s: payments by number", VIEW_ARG(mchid));
    }
    return true;
}

bool books_find_refunds(struct pg *pg, struct view mchid, struct books_numbers out_refund_nos,
                        struct ledger *refunds, struct err *err)
{
    struct filling filling = {.by_number = refunds};

    for (size_t at = 0; at < out_refund_nos.count; at += BATCH) {
        ledger_mark_looked_up(refunds);
        if (!pg_each(pg, &query_books_refunds_find,
                     PG_PARAMS(pg_text(mchid), batch_of(out_refund_nos, at)), fill_row, &filling,
                     err))
            return err_wrap(err, "books of merchant %.*s: refunds by number", VIEW_ARG(mchid));
    }
    return true;
}

bool books_find_siblings(struct pg *pg, struct view mchid, struct books_numbers rental_nos,
                         struct books_span span, struct ledger *payments, struct err *err)
{
    struct filling filling = {.by_number = payments};

    if (rental_nos.count == 0)
        return true;
    return pg_each(pg, &query_books_payments_of_rentals,
                   PG_PARAMS(pg_text(mchid), pg_texts(rental_nos.at, rental_nos.count),
                             pg_instant(span.from), pg_instant(span.to)),
                   fill_row, &filling, err) ||
           err_wrap(err, "books of merchant %.*s: payments of rentals", VIEW_ARG(mchid));
}

bool books_count_deposits(struct pg *pg, struct view mchid, struct books_span span,
                          int64_t *ret_count, struct money *ret_sum, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[2];
    bool found;

    if (!pg_one(pg, &query_books_deposits_day,
                PG_PARAMS(pg_text(mchid), pg_instant(span.from), pg_instant(span.to)), &arena,
                &found, values, err))
        return err_wrap(err, "books of merchant %.*s: deposits", VIEW_ARG(mchid));

    assert(found);
    *ret_count = values[0].int8;
    ret_sum->fen = values[1].int8;
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
