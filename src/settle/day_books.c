/* The books' side of a day that is settled: stores, terms, and entries into the settlement. */
#include "day_data.h"
#include "queries.h"

#include <inttypes.h>
#include <stdlib.h>

/* Terms above are a slip of the books; the bound keeps sums of fixed amounts in range. */
static const int64_t TERMS_FEN_MAX = INT64_C(1) << 40;

enum { TERMS_COUNT_MAX = 8 * SETTLE_STORES_MAX };

struct reading {
    struct arena *arena;
    struct settle_store *stores;
    size_t store_count, store_capacity;
    struct store_terms *terms;
    size_t terms_count, terms_capacity;
};

static void reading_release(struct reading *reading)
{
    free(reading->stores);
    free(reading->terms);
}

/* store_id, name, opened_on, closed_on */
static bool store_row(void *context, const struct pg_value *values, struct err *err)
{
    struct reading *reading = context;

    if (reading->store_count == SETTLE_STORES_MAX)
        return err_set(err, ERR_LIMIT, "more than %d stores", SETTLE_STORES_MAX);
    if (reading->store_count == reading->store_capacity) {
        reading->store_capacity = reading->store_capacity == 0 ? 64 : 2 * reading->store_capacity;
        reading->stores =
            memory_resize(reading->stores, reading->store_capacity, sizeof(*reading->stores));
    }
    reading->stores[reading->store_count++] = (struct settle_store){
        .store_id = day_data_keep(reading->arena, &values[0]),
        .name = day_data_keep(reading->arena, &values[1]),
        .opened_on = values[2].date,
        .has_closed_on = !values[3].null,
        .closed_on = values[3].date,
    };
    return true;
}

enum {
    TERMS_STORE,
    TERMS_KIND,
    TERMS_FROM,
    TERMS_TO,
    TERMS_SHARE,
    TERMS_FIXED,
    TERMS_BEARER,
    TERMS_CYCLE,
    TERMS_HOLD,
    TERMS_PAYOUT,
};

static bool terms_of_row(const struct pg_value *values, struct store_terms *terms)
{
    int64_t share = values[TERMS_SHARE].int8;
    int64_t fixed = values[TERMS_FIXED].int8;

    return share >= 0 && share <= 1000000 && fixed >= 0 && fixed <= TERMS_FEN_MAX &&
           fee_bearer_by_name(values[TERMS_BEARER].text, &terms->fee_bearer) &&
           settle_cycle_by_name(values[TERMS_CYCLE].text, &terms->cycle);
}

static bool terms_row(void *context, const struct pg_value *values, struct err *err)
{
    struct reading *reading = context;
    struct store_terms terms = {
        .kind = books_kind_by_name(values[TERMS_KIND].text),
        .valid_from = values[TERMS_FROM].date,
        .open_ended = values[TERMS_TO].null,
        .valid_to = values[TERMS_TO].date,
        .share = {values[TERMS_SHARE].int8},
        .fixed = {values[TERMS_FIXED].int8},
        .hold_days = values[TERMS_HOLD].int8,
        .min_payout = {values[TERMS_PAYOUT].int8},
    };

    if (!terms_of_row(values, &terms))
        return err_set(err, ERR_DATA,
                       "terms of store \"%.*s\" for %.*s from %s: share_ppm, fixed_fen, fee_bearer "
                       "or cycle is not as the contract says",
                       VIEW_ARG(values[TERMS_STORE].text), VIEW_ARG(values[TERMS_KIND].text),
                       date_text(terms.valid_from).s);
    if (reading->terms_count == TERMS_COUNT_MAX)
        return err_set(err, ERR_LIMIT, "more than %d terms hold on the day", TERMS_COUNT_MAX);
    terms.store_id = day_data_keep(reading->arena, &values[TERMS_STORE]);
    if (reading->terms_count == reading->terms_capacity) {
        reading->terms_capacity = reading->terms_capacity == 0 ? 64 : 2 * reading->terms_capacity;
        reading->terms =
            memory_resize(reading->terms, reading->terms_capacity, sizeof(*reading->terms));
    }
    reading->terms[reading->terms_count++] = terms;
    return true;
}

static int compare_stores(const void *a, const void *b)
{
    return view_compare(((const struct settle_store *)a)->store_id,
                        ((const struct settle_store *)b)->store_id);
}

/* Stores and terms into the arena, in order, and a settlement on them. */
bool day_data_read_books(struct pg *pg, struct day_data *data, struct err *err)
{
    CLEANUP(reading_release) struct reading reading = {.arena = &data->arena};
    struct settle_store *stores;
    struct store_terms *terms;

    if (!pg_each(pg, &query_settle_stores, PG_PARAMS(pg_text(data->mchid)), store_row, &reading,
                 err) ||
        !pg_each(pg, &query_settle_terms, PG_PARAMS(pg_text(data->mchid), pg_date(data->day)),
                 terms_row, &reading, err))
        return err_wrap(err, "stores and terms");

    stores = ARENA_ARRAY(&data->arena, struct settle_store, reading.store_count);
    terms = ARENA_ARRAY(&data->arena, struct store_terms, reading.terms_count);
    for (size_t i = 0; i < reading.store_count; i++)
        stores[i] = reading.stores[i];
    for (size_t i = 0; i < reading.terms_count; i++)
        terms[i] = reading.terms[i];
    if (reading.store_count > 0)
        qsort(stores, reading.store_count, sizeof(*stores), compare_stores);
    if (reading.terms_count > 0)
        qsort(terms, reading.terms_count, sizeof(*terms), terms_compare);
    const struct settle_books books = {data->day, stores, reading.store_count, terms,
                                       reading.terms_count};

    return settlement_open(&books, &data->settlement, err);
}

enum {
    ENTRY_LINE,
    ENTRY_KIND,
    ENTRY_CODE,
    ENTRY_TRADE_AT,
    ENTRY_OUT_TRADE_NO,
    ENTRY_TRANSACTION_ID,
    ENTRY_OUT_REFUND_NO,
    ENTRY_ORDER_FEN,
    ENTRY_FEE,
    ENTRY_ITEM_NO,
    ENTRY_ITEM_KIND,
    ENTRY_STORE,
    ENTRY_RENTAL,
    ENTRY_ITEM_FEN,
    ENTRY_FAR,
};

/* The entry whose items are arriving. */
struct entry_reader {
    struct day_data *data;
    bool has_entry;
    struct settle_entry entry;
    struct books_item items[SETTLE_ITEMS_PER_ENTRY_MAX];
};

static enum settle_kind kind_of(struct view name)
{
    if (view_equal_text(name, "PAYMENT"))
        return SETTLE_PAYMENT;
    return view_equal_text(name, "REFUND") ? SETTLE_REFUND : SETTLE_UNCLASSIFIED;
}

static bool finish_entry(struct entry_reader *reader, struct err *err)
{
    if (!reader->has_entry)
        return true;
    reader->has_entry = false;
    return settlement_push(reader->data->settlement, &reader->entry, err);
}

static void begin_entry(struct entry_reader *reader, const struct pg_value *values)
{
    struct arena *arena = &reader->data->arena;

    reader->has_entry = true;
    reader->entry = (struct settle_entry){
        .line_no = values[ENTRY_LINE].int8,
        .kind = kind_of(values[ENTRY_KIND].text),
        .code = day_data_keep(arena, &values[ENTRY_CODE]),
        .far = values[ENTRY_FAR].boolean,
        .trade_at = values[ENTRY_TRADE_AT].instant,
        .out_trade_no = day_data_keep(arena, &values[ENTRY_OUT_TRADE_NO]),
        .transaction_id = day_data_keep(arena, &values[ENTRY_TRANSACTION_ID]),
        .out_refund_no = day_data_keep(arena, &values[ENTRY_OUT_REFUND_NO]),
        .amount = {values[ENTRY_ORDER_FEN].int8},
        .fee = {values[ENTRY_FEE].int8},
        .items = reader->items,
    };
}

static bool entry_row(void *context, const struct pg_value *values, struct err *err)
{
    struct entry_reader *reader = context;
    struct arena *arena = &reader->data->arena;

    if (!reader->has_entry || reader->entry.line_no != values[ENTRY_LINE].int8) {
        if (!finish_entry(reader, err))
            return false;
        begin_entry(reader, values);
    }
    if (values[ENTRY_ITEM_FEN].null)
        return true;
    if (reader->entry.item_count == SETTLE_ITEMS_PER_ENTRY_MAX)
        return err_set(err, ERR_LIMIT, "entry of line %" PRId64 ": more than %d items",
                       reader->entry.line_no, SETTLE_ITEMS_PER_ENTRY_MAX);
    reader->items[reader->entry.item_count++] = (struct books_item){
        .item_no = values[ENTRY_ITEM_NO].null ? 0 : values[ENTRY_ITEM_NO].int8,
        .kind = values[ENTRY_ITEM_KIND].null ? BOOKS_OTHER_KIND
                                             : books_kind_by_name(values[ENTRY_ITEM_KIND].text),
        .store_id = day_data_keep(arena, &values[ENTRY_STORE]),
        .rental_no = day_data_keep(arena, &values[ENTRY_RENTAL]),
        .amount = {values[ENTRY_ITEM_FEN].int8},
    };
    return true;
}

bool day_data_read_entries(struct pg *pg, struct day_data *data, struct err *err)
{
    struct entry_reader *reader = ARENA_NEW(&data->arena, struct entry_reader);

    reader->data = data;
    if (!pg_copy_out(pg, &query_settle_entries, PG_PARAMS(pg_text(data->mchid), pg_date(data->day)),
                     entry_row, reader, err) ||
        !finish_entry(reader, err))
        return err_wrap(err, "entries");
    return settlement_finish(data->settlement, err);
}
