#include "run/entry_writer.h"

#include "queries.h"
#include "text/json.h"

#include <assert.h>

bool entry_writer_init(struct entry_writer *writer, struct pg *pg, struct view mchid,
                       struct date bill_day, struct err *err)
{
    *writer = (struct entry_writer){
        .mchid = mchid, .bill_day = bill_day, .split = BUF_INIT(ENTRY_SPLIT_MAX)};
    return pg_copy_in(pg, &query_recon_entry_copy, &writer->copy, err);
}

static void add_text_or_null(struct json_writer *json, struct view text)
{
    if (text.length > 0)
        json_writer_text(json, text);
    else
        json_writer_null(json);
}

/* [[item_no, kind, store_id, rental_no, amount_fen], …] */
static bool write_split(struct entry_writer *writer, const struct entry *entry, struct err *err)
{
    const struct ledger_item *cursor = NULL;
    struct books_item item;
    struct json_writer json;

    buf_clear(&writer->split);
    json_writer_init(&json, &writer->split);
    json_writer_begin_array(&json);
    while (ledger_next_item(entry->ledger, entry->place, &cursor, &item)) {
        json_writer_begin_array(&json);
        json_writer_integer(&json, item.item_no);
        json_writer_text(&json, view_of(books_kind_name(item.kind)));
        add_text_or_null(&json, item.store_id);
        add_text_or_null(&json, item.rental_no);
        json_writer_integer(&json, item.amount.fen);
        json_writer_end_array(&json);
    }
    json_writer_end_array(&json);
    if (writer->split.overflowed)
        return err_set(err, ERR_LIMIT, "line %lld: items take more than %d bytes",
                       (long long)entry->row->line, ENTRY_SPLIT_MAX);
    return true;
}

/* Columns of the books' side: all NULL without a record. */
static bool add_books(struct entry_writer *writer, const struct entry *entry,
                      struct pg_value *values, struct err *err)
{
    struct books_record record;

    values[0] = pg_null(PG_INT8);
    values[1] = pg_null(PG_INSTANT);
    values[2] = pg_null(PG_TEXT);
    if (entry->place == NULL)
        return true;
    if (!write_split(writer, entry, err))
        return false;
    ledger_get(entry->ledger, entry->place, &record);
    values[0] = pg_int8(record.amount.fen);
    if (record.has_time)
        values[1] = pg_instant(record.time);
    values[2] = pg_text(buf_view(&writer->split));
    return true;
}

bool entry_writer_take(void *context, const struct entry *entry, struct err *err)
{
    struct entry_writer *writer = context;
    const struct bill_row *row = entry->row;
    bool refund = entry->kind == ENTRY_REFUND;
    struct pg_value values[17] = {
        pg_text(writer->mchid),
        pg_date(writer->bill_day),
        pg_int4((int32_t)row->line),
        pg_text(view_of(entry_kind_name(entry->kind))),
        entry->class == CLASS_NONE ? pg_null(PG_TEXT)
                                   : pg_text(view_of(class_info(entry->class)->code)),
        pg_instant(row->time),
        pg_text(row->appid),
        pg_text(row->out_trade_no),
        pg_text(row->transaction_id),
        pg_text_or_null(row->out_refund_no),
        pg_text_or_null(row->refund_id),
        pg_int8(refund ? row->refund_requested.fen : row->order.fen),
        pg_int8(refund ? row->refund.fen : row->settlement.fen),
        pg_int8(row->fee.millifen),
    };

    assert(row->line <= INT32_MAX);
    return add_books(writer, entry, &values[14], err) && pg_copy_in_row(writer->copy, values, err);
}

bool entry_writer_finish(struct entry_writer *writer, int64_t *ret_rows, struct err *err)
{
    struct pg_copy *copy = writer->copy;

    writer->copy = NULL;
    return pg_copy_in_finish(copy, ret_rows, err);
}

void entry_writer_release(struct entry_writer *writer)
{
    if (writer->copy != NULL)
        pg_copy_in_abort(writer->copy);
    buf_release(&writer->split);
}
