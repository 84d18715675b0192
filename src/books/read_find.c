/* Records of the books by number, at any time. */
#include "queries.h"
#include "read_state.h"

/* Numbers of one look-up. */
enum { BATCH = 5000 };

bool read_fill(void *context, const struct pg_value *values, struct err *err)
{
    struct read_filling *filling = context;
    struct books_row row = {
        .number = values[0].text,
        .second = read_text(&values[1]),
        .appid = read_text(&values[2]),
        .amount = {values[3].int8},
        .status = books_status_by_name(values[4].text),
        .has_time = !values[5].null,
        .time = values[5].instant,
        .has_item = !values[6].null,
    };

    if (row.has_item)
        row.item = (struct books_item){
            .item_no = values[6].int8,
            .kind = books_kind_by_name(read_text(&values[7])),
            .store_id = read_text(&values[8]),
            .rental_no = read_text(&values[9]),
            .amount = {values[10].null ? 0 : values[10].int8},
        };
    if (filling->by_number != NULL && !ledger_add(filling->by_number, &row, err))
        return false;
    if (filling->by_second == NULL || row.second.length == 0)
        return true;
    row.second = row.number;
    row.number = read_text(&values[1]);
    row.has_item = false;
    return ledger_add(filling->by_second, &row, err);
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
    struct read_filling filling = {.by_number = payments, .by_second = by_transaction};
    size_t count = trade->count > transaction->count ? trade->count : transaction->count;

    for (size_t at = 0; at < count; at += BATCH) {
        if (payments != NULL)
            ledger_mark_looked_up(payments);
        if (!pg_each(pg, &query_books_payments_find,
                     PG_PARAMS(pg_text(mchid), batch_of(*trade, at), batch_of(*transaction, at)),
                     read_fill, &filling, err))
            return err_wrap(err, "books of merchant %.*s: payments by number", VIEW_ARG(mchid));
    }
    return true;
}

bool books_find_refunds(struct pg *pg, struct view mchid, struct books_numbers out_refund_nos,
                        struct ledger *refunds, struct err *err)
{
    struct read_filling filling = {.by_number = refunds};

    for (size_t at = 0; at < out_refund_nos.count; at += BATCH) {
        ledger_mark_looked_up(refunds);
        if (!pg_each(pg, &query_books_refunds_find,
                     PG_PARAMS(pg_text(mchid), batch_of(out_refund_nos, at)), read_fill, &filling,
                     err))
            return err_wrap(err, "books of merchant %.*s: refunds by number", VIEW_ARG(mchid));
    }
    return true;
}

bool books_find_siblings(struct pg *pg, struct view mchid, struct books_numbers rental_nos,
                         struct books_span span, struct ledger *payments, struct err *err)
{
    struct read_filling filling = {.by_number = payments};

    if (rental_nos.count == 0)
        return true;
    return pg_each(pg, &query_books_payments_of_rentals,
                   PG_PARAMS(pg_text(mchid), pg_texts(rental_nos.at, rental_nos.count),
                             pg_instant(span.from), pg_instant(span.to)),
                   read_fill, &filling, err) ||
           err_wrap(err, "books of merchant %.*s: payments of rentals", VIEW_ARG(mchid));
}
