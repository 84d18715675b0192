#include "bill.h"

#include "civil.h"
#include "refund_state.h"
#include "rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    IN_REFUND = 1 << BILL_TYPE_REFUND,
    IN_RECHARGE = 1 << BILL_TYPE_RECHARGE_REFUND,
    IN_REFUNDS = IN_REFUND | IN_RECHARGE,
    IN_REFUNDING = IN_ALL | IN_REFUNDS,
    IN_EACH = IN_REFUNDING | IN_SUCCESS,
};

/* FACTS §3.6: one order of columns holds for all layouts; a layout leaves some out. */
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
    [COLUMN_REFUND_APPLIED] = {"退款申请时间", "退款申请时间", IN_REFUNDS},
    [COLUMN_REFUND_DONE] = {"退款成功时间", "退款成功时间", IN_REFUNDS},
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
    [COLUMN_RATE_REMARK] = {"费率备注", NULL, IN_EACH & ~IN_RECHARGE},
};

struct row {
    const struct merchant *merchant;
    const struct payment *payment;
    const struct refund *refund; /* NULL on a payment's row */
    const char *refund_status;   /* as printed */
    int64_t refund_done;         /* when it succeeded; of a refund that has */
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
                              .merchant = merchant,
                              .payment = payment,
                              .changed = &payment->row,
                              .settlement_fen = payment->settlement_fen,
                              .total_fen = payment->total_fen,
                              .fee_fen = payment->fee_fen,
                          });
    }
}

static void add_refund(const struct merchant *merchant, const struct refund *refund, int32_t day,
                       bool recharge, struct rows *rows)
{
    int64_t made = day_start(day + 1) + BILL_MADE_AFTER_S;
    const char *status = refund->status;

    if (day_of(refund->time) != day || !refund->row.trade_bill ||
        (refund->funds_account == FUNDS_AVAILABLE) != recharge)
        return;
    if (status == NULL)
        status = refund_status_bill_word(refund_status_at(refund, made));
    add_row(rows, (struct row){
                      .merchant = merchant,
                      .payment = refund->payment,
                      .refund = refund,
                      .refund_status = status,
                      .refund_done = refund_settled_at(refund, made),
                      .changed = &refund->row,
                      .refund_settlement_fen = refund->settlement_fen,
                      .refund_coupon_fen = refund->coupon_fen,
                      .refund_total_fen = refund->refund_fen,
                      .fee_fen = -refund->fee_fen,
                  });
}

static void add_refunds(const struct shop *shop, int32_t day, bool recharge, struct rows *rows)
{
    const struct merchant *merchant = shop->merchant;

    for (size_t at = 0; at < merchant->refund_count; at++)
        add_refund(merchant, &merchant->refunds[at], day, recharge, rows);
    for (size_t at = 0; at < shop->refund_count; at++)
        add_refund(merchant, shop->refunds[at], day, recharge, rows);
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

enum cell_kind {
    CELL_TEXT,
    CELL_ESCAPED,
    CELL_YUAN,
    CELL_FEE,
    CELL_TIME,
};

struct cell {
    enum cell_kind kind;
    const char *text;
    int64_t number; /* fen or an instant */
};

static struct cell text_cell(const char *text)
{
    return (struct cell){.kind = CELL_TEXT, .text = text};
}

static struct cell escaped_cell(const char *text)
{
    return (struct cell){.kind = CELL_ESCAPED, .text = text};
}

static struct cell number_cell(enum cell_kind kind, int64_t number)
{
    return (struct cell){.kind = kind, .number = number};
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

static void put_cell(struct text *out, const struct cell *cell)
{
    char time[TIME_TEXT_SIZE];

    switch (cell->kind) {
    case CELL_TEXT:
        text_putc(out, '`');
        text_put(out, cell->text);
        return;
    case CELL_ESCAPED:
        bill_put_escaped(out, cell->text);
        return;
    case CELL_YUAN:
        put_yuan(out, cell->number);
        return;
    case CELL_FEE:
        put_fee(out, cell->number);
        return;
    case CELL_TIME:
        time_text(cell->number, time);
        text_putc(out, '`');
        text_put(out, time);
        return;
    }
}

static const char *changed_or(const char *changed, const char *usual)
{
    return changed != NULL ? changed : usual;
}

/* What rows of payments and of refunds have in common. */
static void fill_common(struct cell cells[COLUMN_COUNT], const struct row *row)
{
    const struct merchant *merchant = row->merchant;
    const struct merchant *provider = merchant->provider;
    const struct payment *payment = row->payment;
    const struct overrides *changed = row->changed;

    cells[COLUMN_APPID] = text_cell(changed_or(changed->appid, payment->appid));
    cells[COLUMN_MCHID] =
        text_cell(changed_or(changed->mchid, provider != NULL ? provider->mchid : merchant->mchid));
    cells[COLUMN_SUB_MCHID] = text_cell(provider != NULL ? merchant->mchid : merchant->sub_mchid);
    cells[COLUMN_DEVICE] = text_cell("");
    cells[COLUMN_TRANSACTION_ID] = text_cell(payment->transaction_id);
    cells[COLUMN_OUT_TRADE_NO] = text_cell(payment->out_trade_no);
    cells[COLUMN_OPENID] = text_cell(payment->openid);
    cells[COLUMN_TRADE_TYPE] = text_cell(payment->trade_type);
    cells[COLUMN_BANK] = text_cell(payment->bank);
    cells[COLUMN_CURRENCY] = text_cell(changed_or(changed->currency, "CNY"));
    cells[COLUMN_SETTLEMENT] = number_cell(CELL_YUAN, row->settlement_fen);
    cells[COLUMN_REFUND_SETTLEMENT] = number_cell(CELL_YUAN, row->refund_settlement_fen);
    cells[COLUMN_REFUND_COUPON] = number_cell(CELL_YUAN, row->refund_coupon_fen);
    cells[COLUMN_BODY] = escaped_cell(payment->body);
    cells[COLUMN_ATTACH] = escaped_cell(payment->attach);
    cells[COLUMN_FEE] = number_cell(CELL_FEE, row->fee_fen);
    cells[COLUMN_RATE] = text_cell(merchant->rate);
    cells[COLUMN_TOTAL] = number_cell(CELL_YUAN, row->total_fen);
    cells[COLUMN_REFUND_TOTAL] = number_cell(CELL_YUAN, row->refund_total_fen);
    cells[COLUMN_RATE_REMARK] = text_cell("");
}

static void fill_payment(struct cell cells[COLUMN_COUNT], const struct row *row)
{
    const struct payment *payment = row->payment;

    cells[COLUMN_TIME] = number_cell(CELL_TIME, payment->time);
    cells[COLUMN_STATE] = text_cell(changed_or(row->changed->state, payment->state));
    cells[COLUMN_COUPON] = number_cell(CELL_YUAN, payment->coupon_fen + payment->discount_fen);
    cells[COLUMN_REFUND_APPLIED] = text_cell("");
    cells[COLUMN_REFUND_DONE] = text_cell("");
    cells[COLUMN_REFUND_ID] = text_cell("0");
    cells[COLUMN_OUT_REFUND_NO] = text_cell("0");
    cells[COLUMN_REFUND_TYPE] = text_cell("");
    cells[COLUMN_REFUND_STATUS] = text_cell(changed_or(row->changed->status, ""));
}

/* ALL prints a refund at its own time, bills of refunds at that of its payment (FACTS §3.8). */
static void fill_refund(struct cell cells[COLUMN_COUNT], const struct row *row, enum bill_type type)
{
    const struct refund *refund = row->refund;
    bool done = strcmp(row->refund_status, "SUCCESS") == 0;

    cells[COLUMN_TIME] =
        number_cell(CELL_TIME, type == BILL_TYPE_ALL ? refund->time : row->payment->time);
    cells[COLUMN_STATE] = text_cell(changed_or(row->changed->state, "REFUND"));
    cells[COLUMN_COUPON] = number_cell(CELL_YUAN, 0);
    cells[COLUMN_REFUND_APPLIED] = number_cell(CELL_TIME, refund->time);
    cells[COLUMN_REFUND_DONE] = done ? number_cell(CELL_TIME, row->refund_done) : text_cell("");
    cells[COLUMN_REFUND_ID] = text_cell(refund->refund_id);
    cells[COLUMN_OUT_REFUND_NO] = text_cell(refund->out_refund_no);
    cells[COLUMN_REFUND_TYPE] = text_cell(refund->type);
    cells[COLUMN_REFUND_STATUS] = text_cell(changed_or(row->changed->status, row->refund_status));
}

/* No old layout of RECHARGE_REFUND is known. */
static enum bill_layout layout_of(const struct merchant *applicant, enum bill_type type)
{
    return type == BILL_TYPE_RECHARGE_REFUND ? BILL_LAYOUT_CURRENT : applicant->layout;
}

/* The columns of a layout for this type; returns how many. */
static size_t choose_columns(enum bill_layout layout, enum bill_type type,
                             enum column chosen[COLUMN_COUNT])
{
    size_t count = 0;

    for (enum column column = 0; column < COLUMN_COUNT; column++) {
        bool there = layout == BILL_LAYOUT_CURRENT || columns[column].legacy_name != NULL;

        if (there && (columns[column].types & (1 << type)) != 0)
            chosen[count++] = column;
    }
    return count;
}

static const char *column_name(enum column column, enum bill_layout layout, enum bill_type type)
{
    if (type == BILL_TYPE_RECHARGE_REFUND && column == COLUMN_FEE)
        return "返还手续费";
    if (type == BILL_TYPE_RECHARGE_REFUND && column == COLUMN_SUB_MCHID)
        return "子商户号";
    return layout == BILL_LAYOUT_LEGACY ? columns[column].legacy_name : columns[column].name;
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

static void put_row(struct text *out, const enum column *chosen, size_t count,
                    const struct cell cells[COLUMN_COUNT])
{
    for (size_t at = 0; at < count; at++) {
        if (at > 0)
            text_putc(out, ',');
        put_cell(out, &cells[chosen[at]]);
    }
    text_put(out, "\r\n");
}

static void put_bill(struct text *out, const struct rows *rows, enum bill_layout layout,
                     enum bill_type type)
{
    enum column chosen[COLUMN_COUNT];
    size_t count = choose_columns(layout, type, chosen);
    struct cell cells[COLUMN_COUNT];

    text_put(out, BILL_BOM);
    for (size_t at = 0; at < count; at++) {
        text_put(out, at > 0 ? "," : "");
        text_put(out, column_name(chosen[at], layout, type));
    }
    text_put(out, "\r\n");
    for (size_t line = 0; line < rows->count; line++) {
        fill_common(cells, &rows->rows[line]);
        if (rows->rows[line].refund != NULL)
            fill_refund(cells, &rows->rows[line], type);
        else
            fill_payment(cells, &rows->rows[line]);
        put_row(out, chosen, count, cells);
    }
    put_summary(out, rows, layout);
}

size_t bill_trade_write(const struct bill_source *source, enum bill_type type, int32_t day,
                        uint64_t seed, struct text *out)
{
    bool refunds_only = type == BILL_TYPE_REFUND || type == BILL_TYPE_RECHARGE_REFUND;
    struct rows rows = {0};
    char stream[96];
    size_t count;

    for (size_t at = 0; at < source->shop_count; at++) {
        if (!refunds_only)
            add_payments(source->shops[at]->merchant, day, &rows);
        if (type != BILL_TYPE_SUCCESS)
            add_refunds(source->shops[at], day, type == BILL_TYPE_RECHARGE_REFUND, &rows);
    }
    (void)snprintf(stream, sizeof(stream), "%.40s/%d/%d", source->applicant->mchid, (int)day,
                   (int)type);
    shuffle(&rows, rng_named(seed, stream));
    put_bill(out, &rows, layout_of(source->applicant, type), type);
    count = rows.count;
    free(rows.rows);
    return count;
}
