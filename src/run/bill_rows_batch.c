#include "bill_rows_batch.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Where the texts of a row are, but for `raw`. */
static const size_t TRADE_TEXTS[] = {
    offsetof(struct bill_row, appid),          offsetof(struct bill_row, mchid),
    offsetof(struct bill_row, sub_mchid),      offsetof(struct bill_row, device),
    offsetof(struct bill_row, transaction_id), offsetof(struct bill_row, out_trade_no),
    offsetof(struct bill_row, openid),         offsetof(struct bill_row, trade_type),
    offsetof(struct bill_row, bank),           offsetof(struct bill_row, trade_state_text),
    offsetof(struct bill_row, currency),       offsetof(struct bill_row, refund_id),
    offsetof(struct bill_row, out_refund_no),  offsetof(struct bill_row, refund_type),
    offsetof(struct bill_row, goods),          offsetof(struct bill_row, refund_status_text),
    offsetof(struct bill_row, attach),         offsetof(struct bill_row, rate_note),
};

static const size_t FUND_TEXTS[] = {
    offsetof(struct bill_fund_row, business_no), offsetof(struct bill_fund_row, flow_no),
    offsetof(struct bill_fund_row, name),        offsetof(struct bill_fund_row, type),
    offsetof(struct bill_fund_row, applicant),   offsetof(struct bill_fund_row, remark),
    offsetof(struct bill_fund_row, voucher_no),
};

/* Each text is part of the line, or stands somewhere of its own. */
static bool is_inside(struct view text, struct view raw)
{
    return raw.length > 0 && (uintptr_t)text.at >= (uintptr_t)raw.at &&
           (uintptr_t)text.at <= (uintptr_t)(raw.at + raw.length);
}

static const struct view *text_at(const void *row, size_t offset)
{
    return (const struct view *)(const void *)((const char *)row + offset);
}

/* At most. A line's texts are inside of it or were mended, to three times their length at most. */
static size_t size_of(const void *row, struct view raw, const size_t *texts, size_t count)
{
    size_t size = 0;

    if (raw.length > 0)
        return 4 * raw.length;
    for (size_t i = 0; i < count; i++)
        size += text_at(row, texts[i])->length;
    return size;
}

static char *copy(struct batch *batch, struct view text)
{
    char *to = batch->text + batch->used;

    assert(text.length <= BATCH_TEXT_SIZE - batch->used);
    if (text.length > 0)
        memcpy(to, text.at, text.length);
    batch->used += text.length;
    return to;
}

/* `row` is the batch's own; its texts are still the reader's. */
static void take_texts(struct batch *batch, void *row, struct view *raw, const size_t *texts,
                       size_t count)
{
    const struct view read = *raw;

    raw->at = copy(batch, read);
    for (size_t i = 0; i < count; i++) {
        struct view *text = (struct view *)(void *)((char *)row + texts[i]);

        text->at = is_inside(*text, read) ? raw->at + (text->at - read.at) : copy(batch, *text);
    }
}

void batch_clear(struct batch *batch)
{
    batch->count = batch->used = 0;
}

size_t batch_trade_size(const struct bill_row *row)
{
    return size_of(row, row->raw, TRADE_TEXTS, LENGTH(TRADE_TEXTS));
}

size_t batch_fund_size(const struct bill_fund_row *row)
{
    return size_of(row, row->raw, FUND_TEXTS, LENGTH(FUND_TEXTS));
}

bool batch_has_room(const struct batch *batch, size_t size)
{
    return batch->count < BILL_ROWS_BATCH && size <= BATCH_TEXT_SIZE - batch->used;
}

void batch_add_trade(struct batch *batch, const struct bill_row *row)
{
    struct bill_row *own = &batch->trade[batch->count++];

    batch->is_fund = false;
    *own = *row;
    take_texts(batch, own, &own->raw, TRADE_TEXTS, LENGTH(TRADE_TEXTS));
}

void batch_add_fund(struct batch *batch, const struct bill_fund_row *row)
{
    struct bill_fund_row *own = &batch->fund[batch->count++];

    batch->is_fund = true;
    *own = *row;
    take_texts(batch, own, &own->raw, FUND_TEXTS, LENGTH(FUND_TEXTS));
}

struct bill_rows_batch batch_rows(const struct batch *batch)
{
    return (struct bill_rows_batch){.trade = batch->is_fund ? NULL : batch->trade,
                                    .fund = batch->is_fund ? batch->fund : NULL,
                                    .count = batch->count};
}
