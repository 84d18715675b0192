/* The reading half of settling: one snapshot into memory. */
#include "day_data.h"
#include "queries.h"
#include "text/json.h"

#include <stdlib.h>

void day_data_init(struct day_data *data, struct view mchid, struct date day)
{
    *data = (struct day_data){
        .arena = ARENA_INIT, .mchid = mchid, .day = day, .bills = BUF_INIT(BILLS_MAX)};
}

void day_data_release(struct day_data *data)
{
    settlement_close(data->settlement);
    buf_release(&data->bills);
    arena_release(&data->arena);
}

struct view day_data_keep(struct arena *arena, const struct pg_value *value)
{
    if (value->null || value->text.length == 0)
        return (struct view){0};
    return view_from(arena_copy(arena, value->text.at, value->text.length), value->text.length);
}

enum {
    DAY_MERCHANT_NAME,
    DAY_STAGE,
    DAY_VERDICT,
    DAY_UPDATED_AT,
    DAY_TRADE_VERSION,
    DAY_FUND_VERSION,
    DAY_ROWS,
    DAY_FEE,
    DAY_COLUMNS,
};

/* Only days that were reconciled with complete evidence are settled. */
static void judge_stage(struct day_data *data, const struct pg_value *values)
{
    struct view stage = values[DAY_STAGE].text;

    data->settled = view_equal_text(stage, "SETTLED");
    if (!data->settled && !view_equal_text(stage, "RECONCILED"))
        data->why_not = VIEW("not reconciled yet");
    else if (values[DAY_VERDICT].null || view_equal_text(values[DAY_VERDICT].text, "INCOMPLETE"))
        data->why_not = VIEW("INCOMPLETE days are not settled");
    else
        data->ready = true;
}

/* `values` has DAY_COLUMNS places. */
static bool read_day(struct pg *pg, struct day_data *data, struct pg_value *values, struct err *err)
{
    bool found;

    if (!pg_one(pg, &query_settle_day, PG_PARAMS(pg_text(data->mchid), pg_date(data->day)),
                &data->arena, &found, values, err))
        return false;

    if (!found) {
        data->why_not = VIEW("no such day");
        return true;
    }
    data->merchant_name = values[DAY_MERCHANT_NAME].text;
    data->updated_at = values[DAY_UPDATED_AT].instant;
    data->rows = values[DAY_ROWS].int8;
    data->footer.fee.millifen = values[DAY_FEE].null ? 0 : values[DAY_FEE].int8;
    judge_stage(data, values);
    return true;
}

struct footer {
    bool has_rows, has_refunds;
    int64_t rows, refunds;
    struct money payment_sum, refund_sum;
};

/* name, left_count, left_fen */
static bool footer_row(void *context, const struct pg_value *values, struct err *err)
{
    struct footer *footer = context;

    (void)err;
    if (view_equal_text(values[0].text, "refunds")) {
        footer->has_refunds = true;
        footer->refunds = values[1].int8;
        footer->refund_sum.fen = values[2].int8;
    } else {
        footer->has_rows = true;
        footer->rows = values[1].int8;
        footer->payment_sum.fen = values[2].int8;
    }
    return true;
}

/* The trade bill's totals as its footer states them and reconciling proved them. The fees came with
 * the day. */
static bool read_footer(struct pg *pg, struct day_data *data, struct err *err)
{
    struct footer footer = {0};

    if (!pg_each(pg, &query_settle_footer, PG_PARAMS(pg_text(data->mchid), pg_date(data->day)),
                 footer_row, &footer, err))
        return err_wrap(err, "identities");
    if (!footer.has_rows || !footer.has_refunds)
        return err_set(err, ERR_DATA, "the identity \"%s\" is not stored: reconcile the day again",
                       footer.has_rows ? "refunds" : "trade rows");

    data->footer = (struct settle_totals){
        .payments = footer.rows - footer.refunds,
        .refunds = footer.refunds,
        .payment_sum = footer.payment_sum,
        .refund_sum = footer.refund_sum,
        .fee = data->footer.fee,
    };
    return true;
}

struct bills_writer {
    struct json_writer json;
    const struct day_data *data;
};

static void add_optional(struct json_writer *json, const char *key, const struct pg_value *value)
{
    json_writer_key(json, key);
    if (value->null)
        json_writer_null(json);
    else
        json_writer_text(json, value->text);
}

/* kind, version, received_sha256, plain_sha1, received_bytes, plain_bytes */
static bool bill_row(void *context, const struct pg_value *values, struct err *err)
{
    struct bills_writer *writer = context;
    struct json_writer *json = &writer->json;
    const struct day_data *data = writer->data;

    (void)err;
    json_writer_begin_object(json);
    json_writer_pair_text(json, "kind", values[0].text);
    json_writer_pair_text(json, "bill_day", view_of(date_text(data->day).s));
    json_writer_pair_integer(json, "version", values[1].int8);
    add_optional(json, "received_sha256", &values[2]);
    add_optional(json, "plain_sha1", &values[3]);
    json_writer_pair_integer(json, "received_bytes", values[4].int8);
    if (view_equal_text(values[0].text, "TRADE_ALL")) {
        json_writer_pair_integer(json, "rows", data->rows);
        json_writer_pair_integer(json, "payment_rows", data->footer.payments);
        json_writer_pair_integer(json, "payment_fen", data->footer.payment_sum.fen);
        json_writer_pair_integer(json, "refund_rows", data->footer.refunds);
        json_writer_pair_integer(json, "refund_fen", data->footer.refund_sum.fen);
        json_writer_pair_integer(json, "fee_millifen", data->footer.fee.millifen);
    }
    json_writer_end_object(json);
    return true;
}

static bool read_bills(struct pg *pg, struct day_data *data, const struct pg_value *trade_version,
                       const struct pg_value *fund_version, struct err *err)
{
    struct bills_writer writer = {.data = data};

    json_writer_init(&writer.json, &data->bills);
    json_writer_begin_array(&writer.json);
    if (!pg_each(pg, &query_settle_bills,
                 PG_PARAMS(pg_text(data->mchid), pg_date(data->day), *trade_version, *fund_version),
                 bill_row, &writer, err))
        return err_wrap(err, "bills");
    json_writer_end_array(&writer.json);
    return true;
}

struct newest_reader {
    struct arena *arena;
    struct newest *at;
    size_t count, capacity;
};

static void newest_release(struct newest_reader *reader)
{
    free(reader->at);
}

static struct newest *add_newest(struct newest_reader *reader)
{
    struct newest *added;

    if (reader->count == reader->capacity) {
        reader->capacity = reader->capacity == 0 ? 64 : 2 * reader->capacity;
        reader->at = memory_resize(reader->at, reader->capacity, sizeof(*reader->at));
    }
    added = &reader->at[reader->count++];
    *added = (struct newest){0};
    return added;
}

/* store_id, version, content_sha256, line, item_count, amount_fen; rows of a store together */
static bool newest_row(void *context, const struct pg_value *values, struct err *err)
{
    struct newest_reader *reader = context;
    bool same =
        reader->count > 0 && view_equal(reader->at[reader->count - 1].store_id, values[0].text);
    struct newest *newest = same ? &reader->at[reader->count - 1] : add_newest(reader);
    enum statement_line line;

    if (!same) {
        newest->store_id = day_data_keep(reader->arena, &values[0]);
        newest->version = (int32_t)values[1].int8;
        newest->content_sha256 = day_data_keep(reader->arena, &values[2]);
    }
    if (!statement_line_by_code(values[3].text, &line))
        return err_set(err, ERR_CONFIG,
                       "a statement of store \"%.*s\" has the line \"%.*s\", which is of a newer "
                       "version of this program",
                       VIEW_ARG(values[0].text), VIEW_ARG(values[3].text));
    newest->lines[line] = (struct statement_amount){values[4].int8, {values[5].int8}};
    return true;
}

static int compare_newest(const void *a, const void *b)
{
    return view_compare(((const struct newest *)a)->store_id, ((const struct newest *)b)->store_id);
}

static bool read_newest(struct pg *pg, struct day_data *data, struct err *err)
{
    CLEANUP(newest_release) struct newest_reader reader = {.arena = &data->arena};

    if (!pg_each(pg, &query_settle_newest, PG_PARAMS(pg_text(data->mchid), pg_date(data->day)),
                 newest_row, &reader, err))
        return err_wrap(err, "earlier statements");

    data->newest = ARENA_ARRAY(&data->arena, struct newest, reader.count);
    data->newest_count = reader.count;
    for (size_t i = 0; i < reader.count; i++)
        data->newest[i] = reader.at[i];
    if (reader.count > 0)
        qsort(data->newest, reader.count, sizeof(*data->newest), compare_newest);
    return true;
}

const struct newest *day_data_newest(const struct day_data *data, struct view store_id)
{
    const struct newest key = {.store_id = store_id};

    if (data->newest_count == 0)
        return NULL;
    return bsearch(&key, data->newest, data->newest_count, sizeof(key), compare_newest);
}

static bool read_all(struct pg *pg, struct day_data *data, struct err *err)
{
    struct pg_value values[DAY_COLUMNS];

    if (!read_day(pg, data, values, err))
        return false;
    if (!data->ready)
        return true;
    return day_data_read_books(pg, data, err) && day_data_read_entries(pg, data, err) &&
           read_footer(pg, data, err) &&
           read_bills(pg, data, &values[DAY_TRADE_VERSION], &values[DAY_FUND_VERSION], err) &&
           read_newest(pg, data, err);
}

bool day_data_read(struct pg *pg, struct day_data *data, struct err *err)
{
    if (!pg_begin(pg, PG_SNAPSHOT, err))
        return false;
    if (!read_all(pg, data, err)) {
        pg_rollback(pg);
        return false;
    }
    return pg_commit(pg, err);
}
