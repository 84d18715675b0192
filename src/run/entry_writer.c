#include "run/entry_writer.h"

#include "queries.h"

#include <assert.h>
#include <string.h>

/* Room for the numbers, times, words and tabs of an entry, and of one of its items. */
enum { FIXED_SIZE = 256, ITEM_FIXED_SIZE = 64, DIGITS_MAX = 20 };

bool entry_writer_init(struct entry_writer *writer, struct pg *pg, struct view mchid,
                       struct date bill_day, struct err *err)
{
    *writer = (struct entry_writer){.mchid = mchid,
                                    .bill_day = bill_day,
                                    .start = beijing_start(bill_day),
                                    .appid = BUF_INIT(ENTRY_LINE_MAX),
                                    .lines = BUF_INIT(ENTRY_BLOCK_SIZE + 1 + ENTRY_LINE_MAX)};
    return pg_copy_in(pg, &query_recon_entry_copy, &writer->copy, err);
}

/* ---- a line: each writes at `to` and returns where it ends ----------------------------------- */

static char *put_text(char *to, struct view text)
{
    if (text.length > 0)
        memcpy(to, text.at, text.length);
    return to + text.length;
}

/* Two digits a step, from the last to the first. */
static char *put_digits(char *to, uint64_t value, size_t least)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    char digits[DIGITS_MAX];
    size_t at = sizeof(digits);

    for (; value >= 10; value /= 100) {
        at -= 2;
        memcpy(digits + at, &pairs[value % 100 * 2], 2);
    }
    if (value > 0)
        digits[--at] = (char)('0' + value);
    while (sizeof(digits) - at < least)
        digits[--at] = '0';
    return put_text(to, view_from(digits + at, sizeof(digits) - at));
}

static char *put_integer(char *to, int64_t value)
{
    if (value < 0)
        *to++ = '-';
    return put_digits(to, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 1);
}

/* Seconds between two instants, and a fraction when there is one. */
static char *put_seconds(char *to, struct instant from, struct instant until)
{
    int64_t apart_us = until.us - from.us;
    uint64_t us = apart_us < 0 ? 0 - (uint64_t)apart_us : (uint64_t)apart_us;

    if (apart_us < 0)
        *to++ = '-';
    to = put_digits(to, us / INSTANT_SECOND, 1);
    if (us % INSTANT_SECOND == 0)
        return to;
    *to++ = '.';
    return put_digits(to, us % INSTANT_SECOND, 6);
}

static char *put_tab(char *to)
{
    *to = '\t';
    return to + 1;
}

static char kind_letter(enum entry_kind kind)
{
    static const char letters[] = {
        [ENTRY_PAYMENT] = 'P', [ENTRY_REFUND] = 'R', [ENTRY_REVOKED] = 'V', [ENTRY_OTHER] = 'O'};

    return letters[kind];
}

static char item_letter(enum books_kind kind)
{
    static const char letters[] = {
        [BOOKS_RENT] = 'R',   [BOOKS_DEPOSIT] = 'D', [BOOKS_INSURANCE] = 'I',  [BOOKS_SWAP] = 'S',
        [BOOKS_DAMAGE] = 'A', [BOOKS_PENALTY] = 'P', [BOOKS_OTHER_KIND] = 'O',
    };

    return letters[kind];
}

static struct money order_of(const struct entry *entry)
{
    return entry->kind == ENTRY_REFUND ? entry->row->refund_requested : entry->row->order;
}

static char *put_appid(char *to, const struct entry_writer *writer, struct view appid)
{
    if (view_equal(appid, buf_view(&writer->appid)))
        return to;
    *to = '=';
    return put_text(to + 1, appid);
}

static char *put_bill_side(char *to, const struct entry_writer *writer, const struct entry *entry)
{
    const struct bill_row *row = entry->row;
    const struct view texts[] = {row->out_trade_no, row->transaction_id, row->out_refund_no,
                                 row->refund_id};
    struct money order = order_of(entry);
    struct money settlement = entry->kind == ENTRY_REFUND ? row->refund : row->settlement;

    to = put_tab(put_integer(to, row->line));
    *to++ = kind_letter(entry->kind);
    if (entry->class != CLASS_NONE)
        to = put_text(to, view_of(class_info(entry->class)->code));
    to = put_seconds(put_tab(to), writer->start, row->time);
    to = put_tab(put_appid(put_tab(to), writer, row->appid));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        to = put_tab(put_text(to, texts[i]));
    to = put_tab(put_integer(to, order.fen));
    if (settlement.fen != order.fen)
        to = put_integer(to, settlement.fen);
    return put_tab(put_integer(put_tab(to), row->fee.millifen));
}

static char *put_item(char *to, const struct books_item *item, struct money books)
{
    to = put_tab(put_integer(put_tab(to), item->item_no));
    *to++ = item_letter(item->kind);
    to = put_text(put_tab(to), item->store_id);
    to = put_tab(put_text(put_tab(to), item->rental_no));
    return item->amount.fen == books.fen ? to : put_integer(to, item->amount.fen);
}

/* Empty values without a record. */
static char *put_books_side(char *to, const struct entry *entry)
{
    const struct ledger_item *cursor = NULL;
    struct books_record record;
    struct books_item item;

    if (entry->place == NULL)
        return put_tab(to);
    ledger_get(entry->ledger, entry->place, &record);
    if (record.amount.fen == order_of(entry).fen)
        *to++ = '=';
    else
        to = put_integer(to, record.amount.fen);
    to = put_tab(to);
    if (record.has_time)
        to = put_seconds(to, entry->row->time, record.time);
    while (ledger_next_item(entry->ledger, entry->place, &cursor, &item))
        to = put_item(to, &item, record.amount);
    return to;
}

static size_t line_room(const struct entry *entry)
{
    const struct bill_row *row = entry->row;
    size_t items = entry->place == NULL ? 0 : ledger_item_count(entry->place);

    return FIXED_SIZE + row->appid.length + row->out_trade_no.length + row->transaction_id.length +
           row->out_refund_no.length + row->refund_id.length +
           items * (ITEM_FIXED_SIZE + 2 * LEDGER_TEXT_MAX);
}

/* ---- a block --------------------------------------------------------------------------------- */

static bool send_block(struct entry_writer *writer, struct view lines, int32_t rows,
                       struct err *err)
{
    const struct pg_value values[] = {
        pg_text(writer->mchid), pg_date(writer->bill_day),         pg_int4(writer->block_no),
        pg_int4(rows),          pg_text(buf_view(&writer->appid)), pg_text(lines)};

    writer->block_no++;
    return pg_copy_in_row(writer->copy, values, err);
}

/* Sends the lines before the last one, which begins at `start` and does not fit any more. */
static bool send_before(struct entry_writer *writer, size_t start, struct err *err)
{
    struct buf *lines = &writer->lines;
    size_t length = lines->length - start;

    if (!send_block(writer, view_from(lines->at, start - 1), writer->rows - 1, err))
        return false;
    buf_clear(lines);
    memmove(lines->at, lines->at + start, length);
    buf_grown(lines, length);
    writer->rows = 1;
    return true;
}

bool entry_writer_take(void *context, const struct entry *entry, struct err *err)
{
    struct entry_writer *writer = context;
    struct buf *lines = &writer->lines;
    size_t start = lines->length + (writer->rows > 0 ? 1 : 0);
    char *room = buf_reserve(lines, 1 + line_room(entry));
    char *to = room;
    bool first = writer->block_no == 0 && writer->rows == 0;

    assert(entry->row->line <= INT32_MAX);
    if (room == NULL)
        return err_set(err, ERR_LIMIT, "line %lld: its items take more than %d bytes",
                       (long long)entry->row->line, ENTRY_LINE_MAX);
    if (first)
        buf_add_view(&writer->appid, entry->row->appid);
    if (writer->rows > 0)
        *to++ = '\n';
    to = put_books_side(put_bill_side(to, writer, entry), entry);
    buf_grown(lines, (size_t)(to - room));
    writer->rows++;
    return lines->length <= ENTRY_BLOCK_SIZE || writer->rows == 1 ||
           send_before(writer, start, err);
}

bool entry_writer_finish(struct entry_writer *writer, struct err *err)
{
    struct pg_copy *copy = writer->copy;
    int64_t blocks;

    if (writer->rows > 0 && !send_block(writer, buf_view(&writer->lines), writer->rows, err))
        return false;
    writer->copy = NULL;
    if (!pg_copy_in_finish(copy, &blocks, err))
        return false;
    assert(blocks == writer->block_no);
    return true;
}

void entry_writer_release(struct entry_writer *writer)
{
    if (writer->copy != NULL)
        pg_copy_in_abort(writer->copy);
    buf_release(&writer->appid);
    buf_release(&writer->lines);
}
