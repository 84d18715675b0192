/* The books of a span of time. */
#include "books/read.h"

#include "base/memory.h"
#include "queries.h"
#include "read_state.h"

/* A million payments hash into 140 MB; what does not fit goes to the server's disk, at twice the
 * time. */
#define WORK_MEM "256MB"

/* A range that has more rows than this for each payment holds other days, too. */
enum { ROWS_A_PAYMENT = 2, ROWS_LEAST = 10 * 1000 };

/* So many payments without an item are looked up by number; more are read by a join. */
enum { LOOK_UPS_MAX = 100 * 1000 };

struct view read_text(const struct pg_value *value)
{
    return value->null ? (struct view){NULL, 0} : value->text;
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

/* ---- ranges ---------------------------------------------------------------------------------- */

struct range_count {
    const struct read_ranges *read;
    int64_t rows;
};

static bool count_row(void *context, const struct pg_value *values, struct err *err)
{
    struct range_count *count = context;

    count->rows++;
    return count->read->function(count->read->context, values, err);
}

bool read_in_ranges(struct pg *pg, struct view mchid, const struct read_ranges *read,
                    bool *ret_whole, struct err *err)
{
    struct range_count count = {.read = read};

    *ret_whole = false;
    if (read->ranges->irregular)
        return true;
    for (size_t i = 0; i < read->ranges->count; i++) {
        struct books_range_text range = books_range_text(&read->ranges->at[i]);
        int64_t left = read->rows_max - count.rows;

        if (!pg_copy_out(pg, read->query,
                         PG_PARAMS(pg_text(mchid), pg_text(view_of(range.from)),
                                   pg_text(view_of(range.to)), pg_int8(left)),
                         count_row, &count, err))
            return false;
        if (count.rows >= read->rows_max)
            return true;
    }
    *ret_whole = true;
    return true;
}

/* ---- payments and their items ---------------------------------------------------------------- */

/* number, second, appid, amount, status, time */
static bool fill_payment(void *context, const struct pg_value *values, struct err *err)
{
    struct books_day *day = context;
    const struct books_row row = {
        .number = values[0].text,
        .second = read_text(&values[1]),
        .appid = read_text(&values[2]),
        .amount = {values[3].int8},
        .status = books_status_by_name(values[4].text),
        .has_time = !values[5].null,
        .time = values[5].instant,
    };

    books_ranges_add(&day->ranges, row.number);
    return ledger_add_once(day->payments, &row, err);
}

/* number, item_no, kind, store_id, rental_no, amount */
static struct books_item item_of(const struct pg_value *values)
{
    return (struct books_item){
        .item_no = values[1].int8,
        .kind = books_kind_by_name(read_text(&values[2])),
        .store_id = read_text(&values[3]),
        .rental_no = read_text(&values[4]),
        .amount = {values[5].null ? 0 : values[5].int8},
    };
}

static bool fill_item(void *context, const struct pg_value *values, struct err *err)
{
    const struct books_item item = item_of(values);

    return ledger_add_item(context, values[0].text, &item, err);
}

struct bare {
    const struct ledger *payments;
    struct view at[LOOK_UPS_MAX];
    size_t count;
};

static bool find_bare(void *context, struct ledger_place *place, struct err *err)
{
    struct bare *bare = context;
    struct books_record record;

    (void)err;
    if (ledger_item_count(place) > 0)
        return true;
    if (bare->count < LOOK_UPS_MAX) {
        ledger_get(bare->payments, place, &record);
        bare->at[bare->count] = record.number;
    }
    bare->count++;
    return true;
}

/* Payments without an item have none, or the server orders numbers in a way of its own. */
static bool read_items_missed(struct pg *pg, struct view mchid, struct ledger *payments,
                              bool *ret_whole, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct bare *bare = ARENA_NEW(&arena, struct bare);

    bare->payments = payments;
    if (!ledger_each(payments, find_bare, bare, err))
        return false;
    *ret_whole = bare->count <= LOOK_UPS_MAX;
    if (!*ret_whole || bare->count == 0)
        return true;
    return pg_copy_out(pg, &query_books_items_find,
                       PG_PARAMS(pg_text(mchid), pg_texts(bare->at, bare->count)), fill_item,
                       payments, err);
}

static bool read_items(struct pg *pg, struct view mchid, struct books_span span,
                       struct books_day *day, struct err *err)
{
    const struct read_ranges read = {
        .query = &query_books_items_range,
        .ranges = &day->ranges,
        .rows_max = ROWS_A_PAYMENT * (int64_t)ledger_count(day->payments) + ROWS_LEAST,
        .function = fill_item,
        .context = day->payments,
    };
    bool whole;

    if (!read_in_ranges(pg, mchid, &read, &whole, err) ||
        (whole && !read_items_missed(pg, mchid, day->payments, &whole, err)))
        return false;
    if (whole)
        return true;
    day->ranges.irregular = true;
    ledger_drop_items(day->payments);
    return pg_copy_out(pg, &query_books_items_day,
                       PG_PARAMS(pg_text(mchid), pg_instant(span.from), pg_instant(span.to)),
                       fill_item, day->payments, err);
}

bool books_read_day(struct pg *pg, struct view mchid, struct books_span span, struct books_day *day,
                    struct err *err)
{
    const struct pg_value params[] = {pg_text(mchid), pg_instant(span.from), pg_instant(span.to)};
    struct read_filling refunds = {.by_number = day->refunds};

    day->ranges = (struct books_ranges){.count = 0};
    if (!pg_copy_out(pg, &query_books_payments_day, params, 3, fill_payment, day, err))
        return err_wrap(err, "books of merchant %.*s: payments", VIEW_ARG(mchid));
    if (!read_items(pg, mchid, span, day, err))
        return err_wrap(err, "books of merchant %.*s: items", VIEW_ARG(mchid));
    return pg_copy_out(pg, &query_books_refunds_day, params, 3, read_fill, &refunds, err) ||
           err_wrap(err, "books of merchant %.*s: refunds", VIEW_ARG(mchid));
}
