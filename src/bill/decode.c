#include "bill/decode.h"

#include "text/utf8.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum { DATE_LENGTH = 10, TIME_LENGTH = 19, DIGITS_FAST_MAX = 9 };

struct spec {
    enum bill_cell_type type;
    size_t offset;
};

#define TRADE(field) offsetof(struct bill_row, field)
#define FUND(field) offsetof(struct bill_fund_row, field)

static const struct spec SPECS[BILL_COLUMNS] = {
    [BILL_COLUMN_TIME] = {BILL_CELL_TIME, TRADE(time)},
    [BILL_COLUMN_APPID] = {BILL_CELL_TEXT, TRADE(appid)},
    [BILL_COLUMN_MCHID] = {BILL_CELL_TEXT_REQUIRED, TRADE(mchid)},
    [BILL_COLUMN_SUB_MCHID] = {BILL_CELL_TEXT_OR_ZERO, TRADE(sub_mchid)},
    [BILL_COLUMN_DEVICE] = {BILL_CELL_TEXT_FREE, TRADE(device)},
    [BILL_COLUMN_TRANSACTION_ID] = {BILL_CELL_TEXT_REQUIRED, TRADE(transaction_id)},
    [BILL_COLUMN_OUT_TRADE_NO] = {BILL_CELL_TEXT_REQUIRED, TRADE(out_trade_no)},
    [BILL_COLUMN_OPENID] = {BILL_CELL_TEXT, TRADE(openid)},
    [BILL_COLUMN_TRADE_TYPE] = {BILL_CELL_TEXT, TRADE(trade_type)},
    [BILL_COLUMN_TRADE_STATE] = {BILL_CELL_TRADE_STATE, TRADE(trade_state_text)},
    [BILL_COLUMN_BANK] = {BILL_CELL_TEXT, TRADE(bank)},
    [BILL_COLUMN_CURRENCY] = {BILL_CELL_TEXT_REQUIRED, TRADE(currency)},
    [BILL_COLUMN_SETTLEMENT] = {BILL_CELL_MONEY, TRADE(settlement)},
    [BILL_COLUMN_COUPON] = {BILL_CELL_MONEY, TRADE(coupon)},
    [BILL_COLUMN_REFUND_APPLIED_AT] = {BILL_CELL_APPLIED_AT, TRADE(refund_applied_at)},
    [BILL_COLUMN_REFUND_SUCCEEDED_AT] = {BILL_CELL_SUCCEEDED_AT, TRADE(refund_succeeded_at)},
    [BILL_COLUMN_REFUND_ID] = {BILL_CELL_TEXT_OR_ZERO, TRADE(refund_id)},
    [BILL_COLUMN_OUT_REFUND_NO] = {BILL_CELL_TEXT_OR_ZERO, TRADE(out_refund_no)},
    [BILL_COLUMN_REFUND] = {BILL_CELL_MONEY, TRADE(refund)},
    [BILL_COLUMN_RECHARGE_REFUND] = {BILL_CELL_MONEY, TRADE(recharge_refund)},
    [BILL_COLUMN_REFUND_TYPE] = {BILL_CELL_TEXT, TRADE(refund_type)},
    [BILL_COLUMN_REFUND_STATUS] = {BILL_CELL_REFUND_STATUS, TRADE(refund_status_text)},
    [BILL_COLUMN_GOODS] = {BILL_CELL_TEXT_FREE, TRADE(goods)},
    [BILL_COLUMN_ATTACH] = {BILL_CELL_TEXT_FREE, TRADE(attach)},
    [BILL_COLUMN_FEE] = {BILL_CELL_FEE, TRADE(fee)},
    [BILL_COLUMN_RATE] = {BILL_CELL_RATE, TRADE(rate)},
    [BILL_COLUMN_ORDER] = {BILL_CELL_MONEY, TRADE(order)},
    [BILL_COLUMN_REFUND_REQUESTED] = {BILL_CELL_MONEY, TRADE(refund_requested)},
    [BILL_COLUMN_RATE_NOTE] = {BILL_CELL_TEXT_FREE, TRADE(rate_note)},
    [BILL_COLUMN_FUND_TIME] = {BILL_CELL_TIME, FUND(time)},
    [BILL_COLUMN_BUSINESS_NO] = {BILL_CELL_TEXT, FUND(business_no)},
    [BILL_COLUMN_FLOW_NO] = {BILL_CELL_TEXT_REQUIRED, FUND(flow_no)},
    [BILL_COLUMN_FUND_NAME] = {BILL_CELL_TEXT, FUND(name)},
    [BILL_COLUMN_FUND_TYPE] = {BILL_CELL_TEXT_REQUIRED, FUND(type)},
    [BILL_COLUMN_DIRECTION] = {BILL_CELL_DIRECTION, FUND(direction)},
    [BILL_COLUMN_AMOUNT] = {BILL_CELL_MONEY, FUND(amount)},
    [BILL_COLUMN_BALANCE] = {BILL_CELL_MONEY, FUND(balance)},
    [BILL_COLUMN_APPLICANT] = {BILL_CELL_TEXT_FREE, FUND(applicant)},
    [BILL_COLUMN_REMARK] = {BILL_CELL_TEXT_FREE, FUND(remark)},
    [BILL_COLUMN_VOUCHER_NO] = {BILL_CELL_TEXT, FUND(voucher_no)},
};

void bill_decoder_init(struct bill_decoder *decoder, const struct bill_head *head, size_t line_max)
{
    *decoder = (struct bill_decoder){.head = *head};
    for (size_t i = 0; i < head->known; i++) {
        const struct bill_field *field = &head->fields[i];
        const struct spec *spec = &SPECS[field->column];

        decoder->steps[i] = (struct bill_step){spec->type, field->index, spec->offset, field->name};
    }
    /* A damaged byte becomes three. */
    decoder->mended = BUF_INIT(3 * line_max);
}

void bill_decoder_release(struct bill_decoder *decoder)
{
    buf_release(&decoder->mended);
}

/* The usual form of an amount: one to nine digits, a point, exactly `decimals` digits. */
static inline bool decimal_fast(struct view cell, size_t decimals, int64_t *ret_value)
{
    size_t whole = cell.length - decimals - 1;
    int64_t value = 0;

    if (cell.length < decimals + 2 || whole > DIGITS_FAST_MAX || cell.at[whole] != '.')
        return false;
    for (size_t i = 0; i < cell.length; i++) {
        unsigned digit = (unsigned char)cell.at[i] - (unsigned)'0';

        if (i == whole)
            continue;
        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    *ret_value = value;
    return true;
}

static bool money_take(struct view cell, struct money *money)
{
    return decimal_fast(cell, 2, &money->fen) || money_parse(cell, money);
}

static bool fee_take(struct view cell, struct fee *fee)
{
    return decimal_fast(cell, 5, &fee->millifen) || fee_parse(cell, fee);
}

static bool rate_take(struct bill_decoder *decoder, struct view cell, struct ppm *rate)
{
    if (cell.length == decoder->rate_length && cell.length > 0 &&
        memcmp(cell.at, decoder->rate_text, cell.length) == 0) {
        *rate = decoder->rate;
        return true;
    }
    if (cell.length > sizeof(decoder->rate_text) || !rate_parse(cell, rate))
        return false;
    memcpy(decoder->rate_text, cell.at, cell.length);
    decoder->rate_length = cell.length;
    decoder->rate = *rate;
    return true;
}

/* Two digits below `limit`, or -1. */
static inline int two_digits(const char *at, int limit)
{
    unsigned tens = (unsigned char)at[0] - (unsigned)'0';
    unsigned ones = (unsigned char)at[1] - (unsigned)'0';
    int value = (int)(tens * 10 + ones);

    return tens <= 9 && ones <= 9 && value < limit ? value : -1;
}

static bool time_take(struct bill_decoder *decoder, struct view cell, struct instant *instant)
{
    int hour, minute, second;

    if (cell.length != TIME_LENGTH)
        return false;
    if (memcmp(cell.at, decoder->day_text, DATE_LENGTH) != 0) {
        struct date day;

        if (!date_parse(view_from(cell.at, DATE_LENGTH), &day))
            return false;
        memcpy(decoder->day_text, cell.at, DATE_LENGTH);
        decoder->day_us = beijing_start(day).us;
    }
    hour = two_digits(cell.at + 11, 24);
    minute = two_digits(cell.at + 14, 60);
    second = two_digits(cell.at + 17, 60);
    if (cell.at[10] != ' ' || cell.at[13] != ':' || cell.at[16] != ':' || hour < 0 || minute < 0 ||
        second < 0)
        return false;
    instant->us =
        decoder->day_us + hour * INSTANT_HOUR + minute * INSTANT_MINUTE + second * INSTANT_SECOND;
    return true;
}

struct word {
    struct view text;
    int value;
};

static int word_find(const struct word *words, size_t count, struct view cell, int other)
{
    for (size_t i = 0; i < count; i++) {
        if (view_equal(cell, words[i].text))
            return words[i].value;
    }
    return other;
}

static enum bill_trade_state trade_state_of(struct view cell)
{
    static const struct word words[] = {{VIEW_INIT("SUCCESS"), BILL_TRADE_SUCCESS},
                                        {VIEW_INIT("REFUND"), BILL_TRADE_REFUND},
                                        {VIEW_INIT("REVOKED"), BILL_TRADE_REVOKED}};

    return (enum bill_trade_state)word_find(words, sizeof(words) / sizeof(words[0]), cell,
                                            BILL_TRADE_OTHER);
}

static enum bill_refund_status refund_status_of(struct view cell)
{
    static const struct word words[] = {{VIEW_INIT(""), BILL_REFUND_NONE},
                                        {VIEW_INIT("SUCCESS"), BILL_REFUND_SUCCESS},
                                        {VIEW_INIT("PROCESSING"), BILL_REFUND_PROCESSING},
                                        {VIEW_INIT("FAIL"), BILL_REFUND_FAIL},
                                        {VIEW_INIT("CHANGE"), BILL_REFUND_CHANGE}};

    return (enum bill_refund_status)word_find(words, sizeof(words) / sizeof(words[0]), cell,
                                              BILL_REFUND_OTHER);
}

static bool direction_take(struct view cell, enum bill_direction *direction)
{
    if (view_equal(cell, VIEW("收入")))
        *direction = BILL_INCOME;
    else if (view_equal(cell, VIEW("支出")))
        *direction = BILL_EXPENSE;
    else
        return false;
    return true;
}

/* A time that may be empty; false when it is neither. */
static bool time_take_if(struct bill_decoder *decoder, struct view cell, struct instant *instant,
                         bool *present)
{
    *present = cell.length > 0;
    return !*present || time_take(decoder, cell, instant);
}

static struct view mend(struct bill_decoder *decoder, struct view cell)
{
    size_t start = decoder->mended.length;

    utf8_mend(cell, &decoder->mended);
    assert(!decoder->mended.overflowed);
    return view_from(decoder->mended.at + start, decoder->mended.length - start);
}

static bool text_take(struct bill_decoder *decoder, const struct bill_step *step, struct view cell,
                      bool plain, struct view *text)
{
    if (!plain && step->type == BILL_CELL_TEXT_FREE && !view_is_utf8(cell))
        cell = mend(decoder, cell);
    else if (!plain && step->type != BILL_CELL_TEXT_FREE &&
             (!view_is_utf8(cell) || view_has_control(cell)))
        return false;
    if (step->type == BILL_CELL_TEXT_OR_ZERO && cell.length == 1 && cell.at[0] == '0')
        cell.length = 0;
    if (step->type == BILL_CELL_TRADE_STATE)
        decoder->trade.trade_state = trade_state_of(cell);
    if (step->type == BILL_CELL_REFUND_STATUS)
        decoder->trade.refund_status = refund_status_of(cell);
    *text = cell;
    return (step->type != BILL_CELL_TEXT_REQUIRED && step->type != BILL_CELL_TRADE_STATE) ||
           cell.length > 0;
}

static bool is_text(enum bill_cell_type type)
{
    switch (type) {
    case BILL_CELL_TEXT:
    case BILL_CELL_TEXT_FREE:
    case BILL_CELL_TEXT_REQUIRED:
    case BILL_CELL_TEXT_OR_ZERO:
    case BILL_CELL_TRADE_STATE:
    case BILL_CELL_REFUND_STATUS:
        return true;
    case BILL_CELL_TIME:
    case BILL_CELL_APPLIED_AT:
    case BILL_CELL_SUCCEEDED_AT:
    case BILL_CELL_MONEY:
    case BILL_CELL_FEE:
    case BILL_CELL_RATE:
    case BILL_CELL_DIRECTION:
        break;
    }
    return false;
}

static bool step_take(struct bill_decoder *decoder, const struct bill_step *step, struct view cell,
                      bool plain, void *target)
{
    if (is_text(step->type))
        return text_take(decoder, step, cell, plain, target);
    switch (step->type) {
    case BILL_CELL_TEXT:
    case BILL_CELL_TEXT_REQUIRED:
    case BILL_CELL_TEXT_FREE:
    case BILL_CELL_TEXT_OR_ZERO:
    case BILL_CELL_TRADE_STATE:
    case BILL_CELL_REFUND_STATUS:
        break;
    case BILL_CELL_TIME:
        return time_take(decoder, cell, target);
    case BILL_CELL_APPLIED_AT:
        return time_take_if(decoder, cell, target, &decoder->trade.has_refund_applied_at);
    case BILL_CELL_SUCCEEDED_AT:
        return time_take_if(decoder, cell, target, &decoder->trade.has_refund_succeeded_at);
    case BILL_CELL_MONEY:
        return money_take(cell, target);
    case BILL_CELL_FEE:
        return fee_take(cell, target);
    case BILL_CELL_RATE:
        return rate_take(decoder, cell, target);
    case BILL_CELL_DIRECTION:
        return direction_take(cell, target);
    }
    assert(false);
    return false;
}

static const char *wanted_of(enum bill_cell_type type)
{
    switch (type) {
    case BILL_CELL_TEXT:
    case BILL_CELL_TEXT_FREE:
    case BILL_CELL_TEXT_OR_ZERO:
    case BILL_CELL_REFUND_STATUS:
        return "UTF-8";
    case BILL_CELL_TEXT_REQUIRED:
    case BILL_CELL_TRADE_STATE:
        return "UTF-8 text";
    case BILL_CELL_TIME:
    case BILL_CELL_APPLIED_AT:
    case BILL_CELL_SUCCEEDED_AT:
        return "a time";
    case BILL_CELL_MONEY:
        return "an amount";
    case BILL_CELL_FEE:
        return "a fee";
    case BILL_CELL_RATE:
        return "a rate";
    case BILL_CELL_DIRECTION:
        return "收入 or 支出";
    }
    assert(false);
    return "";
}

static bool refuse(const struct bill_step *step, struct view cell, struct err *err)
{
    if (cell.length == 0)
        return err_set(err, ERR_DATA, "%s is empty", step->name);
    if (is_text(step->type) && view_is_utf8(cell))
        return err_set(err, ERR_DATA, "%s holds a control character: \"%s\"", step->name,
                       utf8_excerpt(cell).s);
    return err_set(err, ERR_DATA, "%s is not %s: \"%s\"", step->name, wanted_of(step->type),
                   utf8_excerpt(cell).s);
}

/* What follows from the row as a whole. */
static bool trade_complete(struct bill_decoder *decoder, struct err *err)
{
    struct bill_row *row = &decoder->trade;

    row->has_order = !bill_layout_is_legacy(decoder->head.layout);
    if (!row->has_order) {
        row->order = row->settlement;
        row->refund_requested = row->refund;
    }
    if (row->trade_state == BILL_TRADE_REFUND && row->refund_id.length == 0 &&
        bill_layout_kind(decoder->head.layout) != BILL_KIND_SUCCESS)
        return err_set(err, ERR_DATA, "微信退款单号 is empty in a refund row");
    return true;
}

static bool fund_complete(const struct bill_decoder *decoder, struct err *err)
{
    if (decoder->fund.amount.fen < 0)
        return err_set(err, ERR_DATA, "收支金额 is negative: %s",
                       money_text(decoder->fund.amount).s);
    return true;
}

bool bill_decode(struct bill_decoder *decoder, const struct view *cells, bool plain,
                 struct err *err)
{
    bool fund = decoder->head.layout == BILL_LAYOUT_FUND;
    char *row = fund ? (char *)&decoder->fund : (char *)&decoder->trade;

    buf_clear(&decoder->mended);
    /* Views into `mended` must not move while the row is being read. */
    if (!plain)
        (void)buf_reserve(&decoder->mended, decoder->mended.max);
    for (size_t i = 0; i < decoder->head.known; i++) {
        const struct bill_step *step = &decoder->steps[i];
        struct view cell = cells[step->index];

        if (!step_take(decoder, step, cell, plain, row + step->offset))
            return refuse(step, cell, err);
    }
    return fund ? fund_complete(decoder, err) : trade_complete(decoder, err);
}
