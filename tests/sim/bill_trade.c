#include "bill.h"

#include "civil.h"
#include "rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A refund succeeds some seconds after it was accepted; the pair of real bills shows 2 (FACTS
 * §3.8). */
enum { REFUND_SUCCESS_AFTER_S = 2 };

enum column {
    COLUMN_TIME,
    COLUMN_APPID,
    COLUMN_MCHID,
    COLUMN_SUB_MCHID,
    COLUMN_DEVICE,
    COLUMN_TRANSACTION_ID,
    COLUMN_OUT_TRADE_NO,
    COLUMN_OPENID,
    COLUMN_TRADE_TYPE,
    COLUMN_STATE,
    COLUMN_BANK,
    COLUMN_CURRENCY,
    COLUMN_SETTLEMENT,
    COLUMN_COUPON,
    COLUMN_REFUND_APPLIED,
    COLUMN_REFUND_DONE,
    COLUMN_REFUND_ID,
    COLUMN_OUT_REFUND_NO,
    COLUMN_REFUND_SETTLEMENT,
    COLUMN_REFUND_COUPON,
    COLUMN_REFUND_TYPE,
    COLUMN_REFUND_STATUS,
    COLUMN_BODY,
    COLUMN_ATTACH,
    COLUMN_FEE,
    COLUMN_RATE,
    COLUMN_TOTAL,
    COLUMN_REFUND_TOTAL,
    COLUMN_RATE_REMARK,
    COLUMN_COUNT,
};

enum {
    IN_ALL = 1 << BILL_TYPE_ALL,
    IN_SUCCESS = 1 << BILL_TYPE_SUCCESS,
    IN_REFUND = 1 << BILL_TYPE_REFUND
};
enum { IN_EACH = IN_ALL | IN_SUCCESS | IN_REFUND, IN_REFUNDING = IN_ALL | IN_REFUND };

/* FACTS §3.6: one order of columns holds for all six layouts; a layout leaves some out. */
static const struct {
    const char *name;
    const char *legacy_name; /* NULL: not in legacy layouts */
    int types;
} columns[COLUMN_COUNT] = {
    [COLUMN_TIME] = {"交易时间", "交易时间", IN_EACH},
    [COLUMN_APPID] = {"公众账号ID", "公众账号ID", IN_EACH},
    [COLUMN_MCHID] = {"商户号", "商户号", IN_EACH},
    [COLUMN_SUB_MCHID] = {"特约商户号", "子商户号", IN_EACH},
    [COLUMN_DEVICE] = {"设备号", "设备号", IN_EACH},
    [COLUMN_TRANSACTION_ID] = {"微信订单号", "微信订单号", IN_EACH},
    [COLUMN_OUT_TRADE_NO] = {"商户订单号", "商户订单号", IN_EACH},
    [COLUMN_OPENID] = {"用户标识", "用户标识", IN_EACH},
    [COLUMN_TRADE_TYPE] = {"交易类型", "交易类型", IN_EACH},
    [COLUMN_STATE] = {"交易状态", "交易状态", IN_EACH},
    [COLUMN_BANK] = {"付款银行", "付款银行", IN_EACH},
    [COLUMN_CURRENCY] = {"货币种类", "货币种类", IN_EACH},
    [COLUMN_SETTLEMENT] = {"应结订单金额", "总金额", IN_EACH},
    [COLUMN_COUPON] = {"代金券金额", "企业红包金额", IN_EACH},
    [COLUMN_REFUND_APPLIED] = {"退款申请时间", "退款申请时间", IN_REFUND},
    [COLUMN_REFUND_DONE] = {"退款成功时间", "退款成功时间", IN_REFUND},
    [COLUMN_REFUND_ID] = {"微信退款单号", "微信退款单号", IN_REFUNDING},
    [COLUMN_OUT_REFUND_NO] = {"商户退款单号", "商户退款单号", IN_REFUNDING},
    [COLUMN_REFUND_SETTLEMENT] = {"退款金额", "退款金额", IN_REFUNDING},
    [COLUMN_REFUND_COUPON] = {"充值券退款金额", "企业红包退款金额", IN_REFUNDING},
    [COLUMN_REFUND_TYPE] = {"退款类型", "退款类型", IN_REFUNDING},
    [COLUMN_REFUND_STATUS] = {"退款状态", "退款状态", IN_REFUNDING},
    [COLUMN_BODY] = {"商品名称", "商品名称", IN_EACH},
    [COLUMN_ATTACH] = {"商户数据包", "商户数据包", IN_EACH},
    [COLUMN_FEE] = {"手续费", "手续费", IN_EACH},
    [COLUMN_RATE] = {"费率", "费率", IN_EACH},
    [COLUMN_TOTAL] = {"订单金额", NULL, IN_EACH},
    [COLUMN_REFUND_TOTAL] = {"申请退款金额", NULL, IN_REFUNDING},
    [COLUMN_RATE_REMARK] = {"费率备注", NULL, IN_EACH},
};

struct row {
    const struct payment *payment;
    const struct refund *refund; /* NULL on a payment's row */
    const struct overrides *changed;
    int64_t settlement_fen;
    int64_t total_fen;
    int64_t refund_settlement_fen;
    int64_t refund_coupon_fen;
    int64_t refund_total_fen;
    int64_t fee_fen; /* negative on a refund's row */
};

struct rows {
    struct row *rows;
    size_t count;
    size_t room;
};

static void add_row(struct rows *rows, struct row row)
{
    for (int64_t printed = 0; printed < row.changed->repeat; printed++) {
        rows->rows = alloc_grow(rows->rows, &rows->room, rows->count + 1, sizeof(*rows->rows));
        rows->rows[rows->count++] = row;
    }
}

static void add_payments(const struct merchant *merchant, int32_t day, struct rows *rows)
{
    for (size_t at = 0; at < merchant->payment_count; at++) {
        const struct payment *payment = &merchant->payments[at];

        if (day_of(payment->time) == day && payment->row.trade_bill)
            add_row(rows, (struct row){
                              .payment = payment,
                              .changed = &payment->row,
                              .settlement_fen = payment->settlement_fen,
                              .total_fen = payment->total_fen,
                              .fee_fen = payment->fee_fen,
                          });
    }
}

static void add_refunds(const struct merchant *merchant, int32_t day, struct rows *rows)
{
    for (size_t at = 0; at < merchant->refund_count; at++) {
        const struct refund *refund = &merchant->refunds[at];

        if (day_of(refund->time) == day && refund->row.trade_bill)
            add_row(rows, (struct row){
                              .payment = refund->payment,
                              .refund = refund,
                              .changed = &refund->row,
                              .refund_settlement_fen = refund->settlement_fen,
                              .refund_coupon_fen = refund->coupon_fen,
                              .refund_total_fen = refund->refund_fen,
                              .fee_fen = -refund->fee_fen,
                          });
    }
}

/* Real bills come in no order (FACTS §3.4). */
static void shuffle(struct rows *rows, struct rng rng)
{
    for (size_t left = rows->count; left > 1; left--) {
        size_t chosen = rng_below(&rng, left);
        struct row last = rows->rows[left - 1];

        rows->rows[left - 1] = rows->rows[chosen];
        rows->rows[chosen] = last;
    }
}

void bill_put_escaped(struct text *out, const char *text)
{
    text_putc(out, '`');
    for (; *text != '\0'; text++) {
        if (*text == ',')
            text_put(out, "\\ ");
        else if (*text == '\n' || (*text == '\r' && text[1] != '\n'))
            text_put(out, "\\n");
        else if (*text != '\r')
            text_putc(out, *text);
    }
}

static void put_value(struct text *out, const char *text)
{
    text_putc(out, '`');
    text_put(out, text);
}

static void put_yuan(struct text *out, int64_t fen)
{
    text_putc(out, '`');
    text_yuan(out, fen);
}

/* Five decimals; the fee itself is rounded to the fen (FACTS §10.1). */
static void put_fee(struct text *out, int64_t fen)
{
    put_yuan(out, fen);
    text_put(out, "000");
}

static void put_time(struct text *out, int64_t instant)
{
    char text[TIME_TEXT_SIZE];

    time_text(instant, text);
    put_value(out, text);
}

static const char *changed_or(const char *changed, const char *usual)
{
    return changed != NULL ? changed : usual;
}

static void put_identity(struct text *out, enum column column, const struct row *row,
                         const struct merchant *merchant)
{
    const struct payment *payment = row->payment;

    if (column == COLUMN_APPID)
        put_value(out, changed_or(row->changed->appid, payment->appid));
    else if (column == COLUMN_MCHID)
        put_value(out, changed_or(row->changed->mchid, merchant->mchid));
    else if (column == COLUMN_SUB_MCHID)
        put_value(out, merchant->sub_mchid);
    else if (column == COLUMN_TRANSACTION_ID)
        put_value(out, payment->transaction_id);
    else if (column == COLUMN_OUT_TRADE_NO)
        put_value(out, payment->out_trade_no);
    else if (column == COLUMN_OPENID)
        put_value(out, payment->openid);
    else if (column == COLUMN_TRADE_TYPE)
        put_value(out, payment->trade_type);
    else if (column == COLUMN_BANK)
        put_value(out, payment->bank);
    else if (column == COLUMN_RATE)
        put_value(out, merchant->rate);
}

static void put_refund_value(struct text *out, enum column column, const struct row *row)
{
    const struct refund *refund = row->refund;
    bool done = refund != NULL && strcmp(refund->status, "SUCCESS") == 0;

    if (column == COLUMN_REFUND_ID)
        put_value(out, refund != NULL ? refund->refund_id : "0");
    else if (column == COLUMN_OUT_REFUND_NO)
        put_value(out, refund != NULL ? refund->out_refund_no : "0");
    else if (column == COLUMN_REFUND_TYPE)
        put_value(out, refund != NULL ? refund->type : "");
    else if (column == COLUMN_REFUND_STATUS)
        put_value(out, changed_or(row->changed->status, refund != NULL ? refund->status : ""));
    else if (column == COLUMN_REFUND_APPLIED && refund != NULL)
        put_time(out, refund->time);
    else if (column == COLUMN_REFUND_DONE && done)
        put_time(out, refund->time + REFUND_SUCCESS_AFTER_S);
    else
        put_value(out, "");
}

/* ALL prints a refund at its own time, REFUND at the time of its payment (FACTS §3.8). */
static int64_t row_time(const struct row *row, enum bill_type type)
{
    return row->refund != NULL && type == BILL_TYPE_ALL ? row->refund->time : row->payment->time;
}

static void put_column(struct text *out, enum column column, const struct row *row,
                       const struct merchant *merchant, enum bill_type type)
{
    const struct payment *payment = row->payment;

    switch (column) {
    case COLUMN_TIME:
        put_time(out, row_time(row, type));
        return;
    case COLUMN_STATE:
        put_value(out,
                  changed_or(row->changed->state, row->refund != NULL ? "REFUND" : payment->state));
        return;
    case COLUMN_CURRENCY:
        put_value(out, changed_or(row->changed->currency, "CNY"));
        return;
    case COLUMN_SETTLEMENT:
        put_yuan(out, row->settlement_fen);
        return;
    case COLUMN_COUPON:
        put_yuan(out, row->refund != NULL ? 0 : payment->coupon_fen + payment->discount_fen);
        return;
    case COLUMN_REFUND_SETTLEMENT:
        put_yuan(out, row->refund_settlement_fen);
        return;
    case COLUMN_REFUND_COUPON:
        put_yuan(out, row->refund_coupon_fen);
        return;
    case COLUMN_BODY:
        bill_put_escaped(out, payment->body);
        return;
    case COLUMN_ATTACH:
        bill_put_escaped(out, payment->attach);
        return;
    case COLUMN_FEE:
        put_fee(out, row->fee_fen);
        return;
    case COLUMN_TOTAL:
        put_yuan(out, row->total_fen);
        return;
    case COLUMN_REFUND_TOTAL:
        put_yuan(out, row->refund_total_fen);
        return;
    case COLUMN_DEVICE:
    case COLUMN_RATE_REMARK:
        put_value(out, "");
        return;
    case COLUMN_REFUND_APPLIED:
    case COLUMN_REFUND_DONE:
    case COLUMN_REFUND_ID:
    case COLUMN_OUT_REFUND_NO:
    case COLUMN_REFUND_TYPE:
    case COLUMN_REFUND_STATUS:
        put_refund_value(out, column, row);
        return;
    case COLUMN_APPID:
    case COLUMN_MCHID:
    case COLUMN_SUB_MCHID:
    case COLUMN_TRANSACTION_ID:
    case COLUMN_OUT_TRADE_NO:
    case COLUMN_OPENID:
    case COLUMN_TRADE_TYPE:
    case COLUMN_BANK:
    case COLUMN_RATE:
        put_identity(out, column, row, merchant);
        return;
    case COLUMN_COUNT:
        return;
    }
}

/* The columns of this merchant's layout for this type; returns how many. */
static size_t choose_columns(const struct merchant *merchant, enum bill_type type,
                             enum column chosen[COLUMN_COUNT])
{
    size_t count = 0;

    for (enum column column = 0; column < COLUMN_COUNT; column++) {
        bool there = merchant->layout == BILL_LAYOUT_CURRENT || columns[column].legacy_name != NULL;

        if (there && (columns[column].types & (1 << type)) != 0)
            chosen[count++] = column;
    }
    return count;
}

static void put_summary(struct text *out, const struct rows *rows, enum bill_layout layout)
{
    struct row sum = {0};

    for (size_t at = 0; at < rows->count; at++) {
        const struct row *row = &rows->rows[at];

        sum.settlement_fen += row->settlement_fen;
        sum.refund_settlement_fen += row->refund_settlement_fen;
        sum.refund_coupon_fen += row->refund_coupon_fen;
        sum.fee_fen += row->fee_fen;
        sum.total_fen += row->total_fen;
        sum.refund_total_fen += row->refund_total_fen;
    }
    if (layout == BILL_LAYOUT_LEGACY)
        text_put(out, "总交易单数,总交易额,总退款金额,总企业红包退款金额,手续费总金额\r\n");
    else
        text_put(out, "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,"
                      "订单总金额,申请退款总金额\r\n");
    text_printf(out, "`%zu,", rows->count);
    put_yuan(out, sum.settlement_fen);
    text_putc(out, ',');
    put_yuan(out, sum.refund_settlement_fen);
    text_putc(out, ',');
    put_yuan(out, sum.refund_coupon_fen);
    text_putc(out, ',');
    put_fee(out, sum.fee_fen);
    if (layout == BILL_LAYOUT_CURRENT) {
        text_putc(out, ',');
        put_yuan(out, sum.total_fen);
        text_putc(out, ',');
        put_yuan(out, sum.refund_total_fen);
    }
    text_put(out, "\r\n");
}

static void put_bill(struct text *out, const struct rows *rows, const struct merchant *merchant,
                     enum bill_type type)
{
    enum column chosen[COLUMN_COUNT];
    size_t count = choose_columns(merchant, type, chosen);

    text_put(out, BILL_BOM);
    for (size_t at = 0; at < count; at++) {
        text_put(out, at > 0 ? "," : "");
        text_put(out, merchant->layout == BILL_LAYOUT_LEGACY ? columns[chosen[at]].legacy_name
                                                             : columns[chosen[at]].name);
    }
    text_put(out, "\r\n");
    for (size_t line = 0; line < rows->count; line++) {
        for (size_t at = 0; at < count; at++) {
            if (at > 0)
                text_putc(out, ',');
            put_column(out, chosen[at], &rows->rows[line], merchant, type);
        }
        text_put(out, "\r\n");
    }
    put_summary(out, rows, merchant->layout);
}

size_t bill_trade_write(const struct merchant *merchant, enum bill_type type, int32_t day,
                        uint64_t seed, struct text *out)
{
    struct rows rows = {0};
    char stream[96];
    size_t count;

    if (type != BILL_TYPE_REFUND)
        add_payments(merchant, day, &rows);
    if (type != BILL_TYPE_SUCCESS)
        add_refunds(merchant, day, &rows);
    (void)snprintf(stream, sizeof(stream), "%.40s/%d/%d", merchant->mchid, (int)day, (int)type);
    shuffle(&rows, rng_named(seed, stream));
    put_bill(out, &rows, merchant, type);
    count = rows.count;
    free(rows.rows);
    return count;
}
