/* What holds for any bytes as a bill, in both dialects.
 *
 * Pieces make no difference; rows that were handed out add up to the totals; their texts are
 * valid UTF-8; a failure names its line and has a kind; an accepted bill has a summary. */
#ifndef FUZZ_BILL_LAWS_H
#define FUZZ_BILL_LAWS_H

#include "bill/bill.h"

#include <assert.h>
#include <string.h>

struct fuzz_reading {
    struct bill_totals totals;
    enum bill_state state;
    struct err err;
    int64_t rows;
    int64_t order_fen;
    int64_t fee_millifen;
    int64_t fund_fen;
    uint64_t digest; /* over all texts */
};

static inline void digest_add(struct fuzz_reading *reading, struct view text)
{
    assert(view_is_utf8(text));
    assert(text.length == 0 || memchr(text.at, '\0', text.length) == NULL);
    for (size_t i = 0; i < text.length; i++)
        reading->digest = (reading->digest ^ (unsigned char)text.at[i]) * UINT64_C(0x100000001B3);
    reading->digest = (reading->digest ^ 0x100) * UINT64_C(0x100000001B3);
}

static inline bool take_trade(void *context, const struct bill_row *row, struct err *err)
{
    struct fuzz_reading *reading = context;
    const struct view texts[] = {
        row->appid,         row->mchid,          row->sub_mchid,
        row->device,        row->transaction_id, row->out_trade_no,
        row->openid,        row->trade_type,     row->trade_state_text,
        row->bank,          row->currency,       row->refund_id,
        row->out_refund_no, row->refund_type,    row->refund_status_text,
        row->goods,         row->attach,         row->rate_note,
    };

    (void)err;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        digest_add(reading, texts[i]);
    assert(row->mchid.length > 0 && row->transaction_id.length > 0 && row->out_trade_no.length > 0);
    reading->rows++;
    reading->order_fen += row->order.fen;
    reading->fee_millifen += row->fee.millifen;
    return true;
}

static inline bool take_fund(void *context, const struct bill_fund_row *row, struct err *err)
{
    struct fuzz_reading *reading = context;
    const struct view texts[] = {row->business_no, row->flow_no, row->name,      row->type,
                                 row->applicant,   row->remark,  row->voucher_no};

    (void)err;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        digest_add(reading, texts[i]);
    assert(row->amount.fen >= 0);
    reading->rows++;
    reading->fund_fen += row->direction == BILL_INCOME ? row->amount.fen : -row->amount.fen;
    return true;
}

static inline void fuzz_read(enum bill_dialect dialect, struct view bytes, size_t piece,
                             struct fuzz_reading *reading)
{
    struct bill_reader *reader = bill_reader_new(
        dialect, (struct bill_handler){.trade = take_trade, .fund = take_fund, .context = reading},
        (struct bill_limits){1 << 20, 4096, 8192});
    bool good = true;

    *reading = (struct fuzz_reading){.err = ERR_INIT};
    while (good && bytes.length > 0) {
        size_t length = bytes.length < piece ? bytes.length : piece;

        good = bill_reader_push(reader, view_from(bytes.at, length), &reading->err);
        bytes = view_from(bytes.at + length, bytes.length - length);
    }
    good = good && bill_reader_finish(reader, &reading->totals, &reading->err);
    reading->state = bill_reader_state(reader);
    assert(good == (reading->state == BILL_OK));
    bill_reader_free(reader);
}

static inline void fuzz_dialect(enum bill_dialect dialect, struct view bytes)
{
    struct fuzz_reading whole, pieces;

    fuzz_read(dialect, bytes, SIZE_MAX, &whole);
    fuzz_read(dialect, bytes, 1 + bytes.length % 37, &pieces);
    assert(whole.state == pieces.state);
    if (whole.state != BILL_TOO_LARGE) /* bytes are counted before they are looked at */
        assert(strcmp(whole.err.text, pieces.err.text) == 0 && whole.digest == pieces.digest);

    if (whole.state != BILL_OK) {
        assert(strncmp(whole.err.text, "line ", 5) == 0);
        assert(whole.err.kind == ERR_DATA || whole.err.kind == ERR_LIMIT);
        return;
    }
    assert(whole.rows == whole.totals.rows && whole.totals.stated_count >= 4);
    assert(whole.order_fen == whole.totals.order.fen);
    assert(whole.fee_millifen == whole.totals.fee.millifen);
    assert(whole.fund_fen == whole.totals.income.fen - whole.totals.expense.fen);
}

static inline void bill_laws(struct view bytes)
{
    (void)bill_dialect_guess(bytes);
    fuzz_dialect(BILL_DIALECT_API, bytes);
    fuzz_dialect(BILL_DIALECT_EXPORT, bytes);
}

#endif
