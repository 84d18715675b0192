/* What the tests of bills share: the samples, and a reader that remembers what it saw. */
#ifndef TEST_BILL_SAMPLES_H
#define TEST_BILL_SAMPLES_H

#include "base/buf.h"
#include "base/file.h"
#include "bill/bill.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SAMPLES "tests/data/bills/"

enum { SAMPLE_MAX = 64 * 1024 };

static const char *const CLEAN_SAMPLES[] = {
    "legacy_trade_all_2015_direct.csv",   "legacy_trade_all_2018_direct.csv",
    "legacy_trade_all_2018_partner.csv",  "legacy_trade_refund_2018_partner.csv",
    "trade_all_2019_fixture_45rows.csv",  "trade_all_2021.csv",
    "trade_all_2024_partial_refunds.csv", "trade_refund_2021.csv",
    "trade_success_2019_5rows.csv",       "trade_success_2021.csv",
};

static const char *const BAD_SAMPLES[] = {
    "fundflow_basic_2021_inconsistent_summary.csv",
    "legacy_trade_success_2016_partner_rows_only.csv",
    "trade_all_2019_redacted_rows.csv",
    "trade_refund_2019_redacted_rows.csv",
};

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static inline void sample_read(const char *name, struct buf *content)
{
    struct err err = ERR_INIT;
    char path[256];

    (void)snprintf(path, sizeof(path), SAMPLES "%s", name);
    if (!file_read(path, content, &err))
        fail_msg("%s", err.text);
}

/* Everything that reading a bill gave. `seen` is all rows, field by field, as text. */
struct reading {
    bool ok;
    enum bill_state state;
    struct err err;
    struct bill_totals totals;
    int64_t rows;
    struct buf seen;
};

#define READING_INIT ((struct reading){.seen = BUF_INIT(16 * SAMPLE_MAX)})

static inline void reading_release(struct reading *reading)
{
    buf_release(&reading->seen);
}

static inline void see_text(struct buf *seen, struct view text)
{
    buf_add_byte(seen, '|');
    buf_add_view(seen, text);
    assert_true(view_is_utf8(text));
}

static inline void see_number(struct buf *seen, int64_t number)
{
    buf_add_format(seen, "|%lld", (long long)number);
}

static inline void see_refund(struct buf *seen, const struct bill_row *row)
{
    see_text(seen, row->refund_id);
    see_text(seen, row->out_refund_no);
    see_number(seen, row->refund.fen);
    see_number(seen, row->recharge_refund.fen);
    see_text(seen, row->refund_type);
    see_number(seen, row->refund_status);
    see_text(seen, row->refund_status_text);
    if (row->has_refund_applied_at)
        see_number(seen, row->refund_applied_at.us);
    if (row->has_refund_succeeded_at)
        see_number(seen, row->refund_succeeded_at.us);
}

static inline bool see_trade(void *context, const struct bill_row *row, struct err *err)
{
    struct reading *reading = context;
    struct buf *seen = &reading->seen;

    (void)err;
    reading->rows++;
    see_number(seen, row->line);
    see_text(seen, view_of(instant_text(row->time).s));
    see_text(seen, row->appid);
    see_text(seen, row->mchid);
    see_text(seen, row->sub_mchid);
    see_text(seen, row->device);
    see_text(seen, row->transaction_id);
    see_text(seen, row->out_trade_no);
    see_text(seen, row->openid);
    see_text(seen, row->trade_type);
    see_number(seen, row->trade_state);
    see_text(seen, row->trade_state_text);
    see_text(seen, row->bank);
    see_text(seen, row->currency);
    see_number(seen, row->settlement.fen);
    see_number(seen, row->coupon.fen);
    see_refund(seen, row);
    see_text(seen, row->goods);
    see_text(seen, row->attach);
    see_number(seen, row->fee.millifen);
    see_number(seen, row->rate.value);
    see_number(seen, row->has_order);
    see_number(seen, row->order.fen);
    see_number(seen, row->refund_requested.fen);
    see_text(seen, row->rate_note);
    buf_add_byte(seen, '\n');
    return true;
}

static inline bool see_fund(void *context, const struct bill_fund_row *row, struct err *err)
{
    struct reading *reading = context;
    struct buf *seen = &reading->seen;

    (void)err;
    reading->rows++;
    see_number(seen, row->line);
    see_text(seen, view_of(instant_text(row->time).s));
    see_text(seen, row->business_no);
    see_text(seen, row->flow_no);
    see_text(seen, row->name);
    see_text(seen, row->type);
    see_number(seen, row->direction);
    see_number(seen, row->amount.fen);
    see_number(seen, row->balance.fen);
    see_text(seen, row->applicant);
    see_text(seen, row->remark);
    see_text(seen, row->voucher_no);
    buf_add_byte(seen, '\n');
    return true;
}

/* Reads `bytes` in pieces of `piece` bytes with limits of the caller. */
static inline void reading_make_limited(struct reading *reading, enum bill_dialect dialect,
                                        struct view bytes, size_t piece, struct bill_limits limits)
{
    struct bill_handler handler = {.trade = see_trade, .fund = see_fund, .context = reading};
    CLEANUP(bill_reader_done)
    struct bill_reader *reader = bill_reader_new(dialect, handler, limits);

    buf_clear(&reading->seen);
    reading->rows = 0;
    reading->err = ERR_INIT;
    reading->ok = true;
    while (reading->ok && bytes.length > 0) {
        size_t length = bytes.length < piece ? bytes.length : piece;

        reading->ok = bill_reader_push(reader, view_from(bytes.at, length), &reading->err);
        bytes = view_from(bytes.at + length, bytes.length - length);
    }
    reading->ok = reading->ok && bill_reader_finish(reader, &reading->totals, &reading->err);
    reading->state = bill_reader_state(reader);
    if (!reading->ok)
        reading->totals = *bill_reader_totals(reader);
    assert_int_equal(reading->ok, reading->state == BILL_OK);
    assert_int_equal(reading->ok, reading->err.kind == ERR_NONE);
    assert_false(reading->seen.overflowed);
}

static inline void reading_make(struct reading *reading, enum bill_dialect dialect,
                                struct view bytes, size_t piece)
{
    reading_make_limited(reading, dialect, bytes, piece, BILL_LIMITS);
}

/* Puts `with` in the place of the first `what`, which must be there. */
static inline void text_replace(struct buf *text, const char *what, const char *with)
{
    CLEANUP(buf_release) struct buf result = BUF_INIT(4 * SAMPLE_MAX);
    const char *at = strstr(buf_text(text), what);
    size_t before;

    if (at == NULL) {
        fail_msg("no \"%s\" in the text", what);
        return;
    }
    before = (size_t)(at - text->at);
    buf_add(&result, text->at, before);
    buf_add_text(&result, with);
    buf_add_text(&result, at + strlen(what));
    buf_clear(text);
    buf_add_view(text, buf_view(&result));
    assert_false(text->overflowed);
}

#endif
