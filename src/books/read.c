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

/* The items of so many payments or refunds are looked up by number in one query; of more payments
 * they are read by a join. Refunds of a few payments of other days are looked up at once. */
enum { LOOK_UPS_MAX = 100 * 1000, LOOK_UPS_FEW = 1000 };

struct view read_text(const struct pg_value *value)
{
    return value->null ? (struct view){NULL, 0} : value->text;
}

bool books_begin(struct pg *pg, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct pg_value values[2];
    bool found;

    return pg_begin(pg, PG_SNAPSHOT, err) &&
           pg_one(pg, &query_books_session, PG_PARAMS(pg_text(VIEW(WORK_MEM)), pg_null(PG_TEXT)),
                  &arena, &found, values, err);
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
    const struct ledger *ledger;
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
        ledger_get(bare->ledger, place, &record);
        bare->at[bare->count] = record.number;
    }
    bare->count++;
    return true;
}

static bool find_bares(const struct ledger *ledger, struct arena *arena, struct bare **ret_bare,
                       struct err *err)
{
    struct bare *bare = ARENA_NEW(arena, struct bare);

    bare->ledger = ledger;
    *ret_bare = bare;
    return ledger_each(ledger, find_bare, bare, err);
}

/* Payments without an item have none, or the server orders numbers in a way of its own. */
static bool read_items_missed(struct pg *pg, struct view mchid, struct ledger *payments,
                              bool *ret_whole, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    struct bare *bare;

    if (!find_bares(payments, &arena, &bare, err))
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

/* ---- refunds and the items they give back ---------------------------------------------------- */

/* Store and rental of the item with that number; false when the payment is not known, or not well
 * enough to tell. */
static bool find_item(const struct ledger *payments, struct view out_trade_no,
                      struct books_item *item)
{
    const struct ledger_place *place = ledger_find(payments, out_trade_no);
    const struct ledger_item *cursor = NULL;
    struct books_record record;
    struct books_item other;

    if (place == NULL)
        return false;
    ledger_get(payments, place, &record);
    while (ledger_next_item(payments, place, &cursor, &other)) {
        if (other.item_no != item->item_no)
            continue;
        item->kind = other.kind;
        item->store_id = other.store_id;
        item->rental_no = other.rental_no;
    }
    return !record.contradicts;
}

/* number, out_trade_no, amount, status, time, item_no, kind */
static bool fill_refund(void *context, const struct pg_value *values, struct err *err)
{
    const struct books_day *day = context;
    struct books_row row = {
        .number = values[0].text,
        .second = read_text(&values[1]),
        .amount = {values[2].int8},
        .status = books_status_by_name(values[3].text),
        .has_time = !values[4].null,
        .time = values[4].instant,
        .item = {.item_no = values[5].null ? 0 : values[5].int8,
                 .kind = books_kind_by_name(read_text(&values[6])),
                 .amount = {values[2].int8}},
    };

    row.has_item = values[5].null || find_item(day->payments, row.second, &row.item);
    return ledger_add(day->refunds, &row, err);
}

/* An item by a join, for a refund that did not get it from the payments read. */
static bool fill_item_outside(void *context, const struct pg_value *values, struct err *err)
{
    const struct books_day *day = context;
    const struct ledger_place *place = ledger_find(day->refunds, values[0].text);
    struct books_item item = item_of(values);
    struct books_item known = item;
    struct books_record record;

    if (place == NULL)
        return true;
    ledger_get(day->refunds, place, &record);
    return find_item(day->payments, record.second, &known) ||
           ledger_add_item(day->refunds, record.number, &item, err);
}

/* Looks up the items of refunds without one, and how many there are left. */
static bool look_up_items(struct pg *pg, struct view mchid, struct ledger *refunds,
                          const struct bare *bare, size_t *ret_left, struct err *err)
{
    size_t count = bare->count < LOOK_UPS_MAX ? bare->count : LOOK_UPS_MAX;

    *ret_left = bare->count - count;
    return count == 0 || pg_copy_out(pg, &query_books_refund_items_find,
                                     PG_PARAMS(pg_text(mchid), pg_texts(bare->at, count)),
                                     fill_item, refunds, err);
}

/* Refunds of payments that were read have their items from there. Those of other days' payments,
 * whose numbers mostly lie outside of the day's, are read by a join with the items outside; what is
 * left then, or few, is looked up by number. */
static bool read_refunds(struct pg *pg, struct view mchid, struct books_span span,
                         struct books_day *day, struct err *err)
{
    CLEANUP(arena_release) struct arena arena = ARENA_INIT;
    const struct books_ranges *ranges = &day->ranges;
    struct books_range_text range = {.from = ""};
    struct read_filling own = {.by_number = day->refunds};
    struct bare *bare;
    size_t left = SIZE_MAX;
    size_t before;

    if (!pg_copy_out(pg, &query_books_refunds_day,
                     PG_PARAMS(pg_text(mchid), pg_instant(span.from), pg_instant(span.to)),
                     fill_refund, day, err) ||
        !pg_copy_out(pg, &query_books_own_refunds_day,
                     PG_PARAMS(pg_text(mchid), pg_instant(span.from), pg_instant(span.to)),
                     read_fill, &own, err) ||
        !find_bares(day->refunds, &arena, &bare, err))
        return false;
    if (bare->count > LOOK_UPS_FEW) {
        if (!ranges->irregular && ranges->count == 1)
            range = books_range_text(&ranges->at[0]);
        if (!pg_copy_out(pg, &query_books_refund_items_outside,
                         PG_PARAMS(pg_text(mchid), pg_instant(span.from), pg_instant(span.to),
                                   pg_text(view_of(range.from)), pg_text(view_of(range.to))),
                         fill_item_outside, day, err))
            return false;
    }
    do {
        before = left;
        if (!find_bares(day->refunds, &arena, &bare, err) ||
            !look_up_items(pg, mchid, day->refunds, bare, &left, err))
            return false;
    } while (left > 0 && left < before);
    return true;
}

bool books_read_day(struct pg *pg, struct view mchid, struct books_span span, struct books_day *day,
                    struct err *err)
{
    const struct pg_value params[] = {pg_text(mchid), pg_instant(span.from), pg_instant(span.to)};

    day->ranges = (struct books_ranges){.count = 0};
    if (!pg_copy_out(pg, &query_books_payments_day, params, 3, fill_payment, day, err))
        return err_wrap(err, "books of merchant %.*s: payments", VIEW_ARG(mchid));
    if (!read_items(pg, mchid, span, day, err))
        return err_wrap(err, "books of merchant %.*s: items", VIEW_ARG(mchid));
    return read_refunds(pg, mchid, span, day, err) ||
           err_wrap(err, "books of merchant %.*s: refunds", VIEW_ARG(mchid));
}
